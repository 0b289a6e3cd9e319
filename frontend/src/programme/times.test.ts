import { describe, expect, it } from 'vitest';
import { useTimeZone } from '../format/when.ts';
import { leftWords, localTime, untilWords } from './times.ts';

const START = '2026-05-01T18:00:00Z';
const before = (minutes: number): number => Date.parse(START) - minutes * 60_000;

describe('localTime', () => {
  it('says a moment in the visitor’s zone and language', () => {
    useTimeZone('Europe/Berlin');
    expect(localTime(START, 'en-GB', 'full')).toBe('Fri, 1 May 2026, 20:00 CEST');
    useTimeZone('America/New_York');
    expect(localTime(START, 'de', 'full')).toBe('Fr., 1. Mai 2026, 14:00 GMT-4');
    useTimeZone('Asia/Tokyo');
    expect(localTime('2026-05-01T23:30:00Z', 'en-GB', 'day')).toBe('2 May 2026');
  });

  it('returns nothing for a text that is no time', () => {
    expect(localTime('soon', 'en', 'full')).toBeNull();
  });
});

describe('untilWords', () => {
  it.each([
    [5 * 24 * 60 + 30, 'in 5 days'],
    [48 * 60, 'in 2 days'],
    [48 * 60 - 1, 'in 47 hours'],
    [150, 'in 2 hours'],
    [119, 'in 119 minutes'],
    [0.4, 'in 1 minute'],
  ])('counts down: %s minutes before', (minutes, words) => {
    expect(untilWords(START, before(minutes), 'en')).toBe(words);
  });

  it('returns nothing for a moment that is over, far away or no time', () => {
    expect(untilWords(START, before(0), 'en')).toBeNull();
    expect(untilWords(START, before(8 * 24 * 60), 'en')).toBeNull();
    expect(untilWords('', before(5), 'en')).toBeNull();
  });

  it('speaks the page’s language', () => {
    expect(untilWords(START, before(180), 'de')).toBe('in 3 Stunden');
  });
});

describe('leftWords', () => {
  it('counts the last hour down, and says the moment of what is farther away', () => {
    expect([leftWords(START, 3_600_000, 'en'), leftWords(START, 246_500, 'de')]).toEqual(['60:00', '4:07']);
    expect(leftWords(START, 3_600_001, 'de')).toBe(localTime(START, 'de', 'full'));
  });
});
