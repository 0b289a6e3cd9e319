import { describe, expect, it } from 'vitest';
import { useLanguage } from '../i18n/index.ts';
import { formatClock, formatMoney, formatOptions, formatTime, formatWhen } from './index.ts';
import { useTimeZone, whenText } from './when.ts';

describe('money', () => {
  it('is in minor units of its currency', async () => {
    await useLanguage('de');
    expect(formatMoney(2490, 'EUR')).toBe('24,90\u00a0€');
    expect(formatMoney(2490, 'JPY')).toBe('2.490\u00a0¥');
    expect(formatMoney(-1089, 'EUR')).toBe('\u221210,89\u00a0€');
  });
});

describe('the clock of a show', () => {
  it('shows hours only when there are some', () => {
    expect([0, 9.9, 751, 3600, 3729].map(formatClock)).toEqual(['0:00', '0:09', '12:31', '1:00:00', '1:02:09']);
  });
});

describe('when', () => {
  const START = '2026-05-01T18:00:00Z';
  it('says day, year, time and zone, in the zone that the page has chosen', async () => {
    await useLanguage('de');
    useTimeZone('Europe/Berlin');
    expect(formatWhen(START)).toBe('Fr., 1. Mai 2026, 20:00 MESZ');
    expect(formatTime(START)).toBe('20:00');
    expect(whenText(new Date(START), 'en-GB', 'clock')).toBe('20:00 CEST');
  });
  it('says English times with 24 hours, as the server does', () => {
    useTimeZone('Europe/Berlin');
    expect(whenText(new Date(START), 'en', 'full')).toBe('Fri, 1 May 2026, 20:00 CEST');
  });
  it('keeps the visitor’s own zone for an unknown one', () => {
    useTimeZone(null);
    const own = formatTime(START);
    useTimeZone('Europe/Atlantis');
    expect(formatTime(START)).toBe(own);
  });
});

describe('options', () => {
  it('come in the product’s order', () => {
    expect(formatOptions({ Size: '30 ml', Shade: 'Rosé' }, ['Shade', 'Size'])).toBe('Rosé · 30 ml');
  });
});
