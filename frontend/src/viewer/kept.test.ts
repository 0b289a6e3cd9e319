import { beforeEach, describe, expect, it } from 'vitest';
import type { ReservedItem } from '../api/schema.ts';
import { useLanguage } from '../i18n/index.ts';
import type { ViewerApp } from './app.ts';
import { checkoutTimeLeft, hasCard, timeLeft } from './kept.ts';

const NOW = Date.parse('2026-11-29T10:00:00Z');
const KEPT = { expires_at: '2026-11-29T10:02:05Z', time_left_s: null, in_checkout: false } as ReservedItem;

function app(checkout: { time_left_s: number | null; secondsLeft: number } | null, nowMs = NOW): ViewerApp {
  const flow = checkout && { checkout: { time_left_s: checkout.time_left_s }, secondsLeft: checkout.secondsLeft };
  return { checkout: flow, timeline: { serverNowMs: () => nowMs } } as unknown as ViewerApp;
}

beforeEach(() => useLanguage('en'));

describe('the time of what is kept', () => {
  it('runs down by the server’s clock, and ends', () => {
    expect([0, 125_000, 130_000].map((later) => timeLeft(app(null, NOW + later), KEPT))).toEqual(['2:05 left', 'The time is up', 'The time is up']);
  });

  it('stands still while the sale is paused', () => {
    expect(timeLeft(app(null, NOW + 3_600_000), { ...KEPT, time_left_s: 42 })).toBe('0:42 left, and the time stands still');
  });

  it('is that of the checkout once it is in there, as far as this page knows it', () => {
    const inside = { ...KEPT, in_checkout: true };
    expect(timeLeft(app(null), inside)).toBe('In your checkout');
    expect(timeLeft(app({ time_left_s: null, secondsLeft: 59.2 }), inside)).toBe('1:00 left');
    expect(checkoutTimeLeft(app({ time_left_s: 30, secondsLeft: 30 }))).toBe('0:30 left, and the time stands still');
    expect(checkoutTimeLeft(app({ time_left_s: null, secondsLeft: 0 }))).toBe('The time is up');
  });
});

it('what is kept has no card of its own while that of its deal or auction is drawn', () => {
  const deals = ['first', 'second'].map((id) => ({ id, phase: 'open' }));
  const auction = { id: 'auction', look: { variant_id: 'vase' } };
  const seen = (offer: object | null) =>
    ({ mine: Promise.resolve(null), view: { deals }, timeline: { own: { deals: new Map() } }, bids: { auction, own: () => ({ offer }) } }) as unknown as ViewerApp;
  const kept = (kind: string, ref: string, variantId = 'vase') => ({ kind, ref, variant_id: variantId }) as ReservedItem;
  const all = [kept('deal', 'first'), kept('deal', 'second'), kept('auction', 'offer'), kept('auction', 'other', 'bowl'), kept('wait', 'first')];
  expect(all.map((one) => hasCard(seen({}), one))).toEqual([true, false, true, false, false]);
  expect(all.map((one) => hasCard(seen(null), one))).toEqual([true, false, false, false, false]);
});
