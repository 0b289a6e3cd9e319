import { describe, expect, it } from 'vitest';
import record from './record.json' with { type: 'json' };
import { hmac, sha256, toHex } from './sha256.ts';
import { faultsOf, type DrawRecord } from './verify.ts';

const utf8 = new TextEncoder();

describe('SHA-256', () => {
  it('hashes the messages of FIPS 180-4, and one of more than a block', () => {
    expect(toHex(sha256(utf8.encode('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(toHex(sha256(new Uint8Array()))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const two = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq';
    expect(toHex(sha256(utf8.encode(two)))).toBe('248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  });

  it('makes the code of RFC 4231, test case 2', () => {
    const code = hmac(utf8.encode('Jefe'), utf8.encode('what do ya want for nothing?'));
    expect(toHex(code)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });
});

describe('a draw', () => {
  const changed = (index: number, body: object): DrawRecord => ({
    ...record,
    entries: record.entries.map((one, i) => (i === index ? { ...one, body: { ...one.body, ...body } } : one)),
  });

  it('that verify_draw.py calls right is right', () => {
    expect(faultsOf(record)).toEqual([]);
  });

  it.each([
    [changed(4, { winners: [1, 2] }), ['winners']],
    [changed(4, { round: 1 }), ['round']],
    [changed(4, { winners: [19, 28, 39], substitutes: [40, 13] }), ['winners']],
    [changed(0, { closes_at: '2024-10-25T09:00:00.000Z' }), ['round']],
    [{ ...record, entries: [...record.entries.slice(0, 1), ...record.entries] }, ['twice']],
    [changed(0, { commitment: '00' }), ['seed']],
    [changed(1, { head: '00' }), ['head']],
    [{ ...record, seals: record.seals.toReversed() }, ['list', 'head']],
    [{ ...record, entries: record.entries.slice(0, 4) }, ['unfinished']],
  ])('that was changed is wrong %#', (forged, faults) => {
    expect(faultsOf(forged)).toEqual(faults);
  });
});
