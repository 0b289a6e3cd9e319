import { describe, expect, it } from 'vitest';
import { momentOf, slugOf } from './form-logic.ts';

describe('slugOf', () => {
  it.each([
    ['Autumn glow', 'autumn-glow'],
    ['  Rosé & Crème: the début!  ', 'rose-creme-the-debut'],
    ['Straße -- 2 für 1', 'strae-2-fur-1'],
    ['秋のショー', ''],
    ['x'.repeat(100), 'x'.repeat(60)],
    [`${'x'.repeat(59)} y`, 'x'.repeat(59)],
  ])('makes an address of %s', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
  });
});

describe('momentOf', () => {
  it('takes summer and winter time into account', () => {
    expect(momentOf('2026-07-01T19:00', 'Europe/Berlin')?.toISOString()).toBe('2026-07-01T17:00:00.000Z');
    expect(momentOf('2026-12-01T19:00', 'Europe/Berlin')?.toISOString()).toBe('2026-12-01T18:00:00.000Z');
    expect(momentOf('2026-12-01T19:00', 'Asia/Kolkata')?.toISOString()).toBe('2026-12-01T13:30:00.000Z');
    expect(momentOf('2026-01-01T00:30', 'Pacific/Auckland')?.toISOString()).toBe('2025-12-31T11:30:00.000Z');
  });

  it('is right on both sides of a change of the clocks', () => {
    expect(momentOf('2026-03-29T01:30', 'Europe/Berlin')?.toISOString()).toBe('2026-03-29T00:30:00.000Z');
    expect(momentOf('2026-03-29T03:30', 'Europe/Berlin')?.toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });

  it('returns nothing for a text that is no time', () => {
    expect(momentOf('', 'Europe/Berlin')).toBeNull();
  });
});
