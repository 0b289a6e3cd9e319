import { describe, expect, it } from 'vitest';
import { requestedStart } from './start-moment.ts';

const SHOW = { started_at: '2026-03-01T18:00:00.000Z', ended_at: '2026-03-01T19:00:00.000Z' };

describe('the moment that an address asks for', () => {
  it.each([
    ['?t=754', '2026-03-01T18:12:34.000Z'],
    ['?t=0', '2026-03-01T18:00:00.000Z'],
    ['?latency=plain&t=12.5', '2026-03-01T18:00:12.500Z'],
  ])('%s', (search, at) => expect(requestedStart(search, SHOW)).toBe(Date.parse(at)));

  it.each(['', '?t=', '?t=-3', '?t=1e3', '?t=soon', '?t=3600', `?t=${'9'.repeat(400)}`])('%s is none', (search) => {
    expect(requestedStart(search, SHOW)).toBeNull();
  });

  it('is none of a show without a recording', () => {
    expect(requestedStart('?t=5', { started_at: SHOW.started_at, ended_at: null })).toBeNull();
    expect(requestedStart('?t=5', { started_at: null, ended_at: null })).toBeNull();
  });
});
