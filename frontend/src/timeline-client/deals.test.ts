import { describe, expect, it } from 'vitest';
import { dealsAt, nextDealChange, withDeal, withDealEnded, withDealLeft, withDealWithdrawn, type DealBook } from './deals.ts';

const T0 = Date.parse('2030-03-01T18:30:00.000Z');
const iso = (s: number) => new Date(T0 + 1000 * s).toISOString();
const goods = [{ variant_id: 'v', product_id: 'p', sku: 'LIP', name: 'Lip', image: '', amount: 1500, prior: 1900 }];
const card = { deal_id: 'd', title: 'Now', goods, currency: 'EUR', units_max: 3, per_person: 1, left: 3, opens_at: iso(10), ends_at: iso(40), window_ms: 12_000 };
const announced = { seq: 1, at: iso(1), picture_at: iso(0), body: card };
const opened = { seq: 2, at: iso(10), picture_at: iso(10), body: card };
const changed = { seq: 3, at: iso(12), body: { deal_id: 'd', left: 1, ends_at: iso(40) } };
const ended = { seq: 4, at: iso(20), picture_at: iso(20), body: { deal_id: 'd', ended_at: iso(20) } };

describe('a deal at a picture', () => {
  const empty: DealBook = new Map();
  const at = (book: DealBook, s: number) => dealsAt(book, T0 + 1000 * s)[0];

  it('counts down, is open and over at its pictures, and goes', () => {
    const book = withDeal(withDeal(empty, announced), opened);
    expect([-1, 0, 9.9, 10, 39.9, 40, 59.9, 60].map((s) => at(book, s)?.phase)).toEqual([
      undefined, 'soon', 'soon', 'open', 'open', 'over', 'over', undefined,
    ]);
    expect([-5, 0, 10, 40].map((s) => nextDealChange(book, T0 + 1000 * s) - T0)).toEqual([0, 10_000, 40_000, 60_000]);
  });

  it('is the same in whatever order its entries become known', () => {
    const forwards = withDealEnded(withDealLeft(withDeal(withDeal(empty, announced), opened), changed), ended);
    const backwards = withDeal(withDeal(withDealLeft(withDealEnded(empty, ended), changed), opened), announced);
    expect(at(forwards, 15)).toEqual(at(backwards, 15));
    expect(at(forwards, 15)).toMatchObject({ left: 1, phase: 'open', endsMs: T0 + 20_000 });
    expect(at(forwards, 20)?.phase).toBe('over');
  });

  it('goes on when its end was taken back, and is gone when it was taken back itself', () => {
    const again = withDeal(withDealEnded(withDeal(empty, opened), ended), { ...opened, seq: 5 });
    expect(at(again, 25)?.phase).toBe('open');
    expect(at(withDealWithdrawn(again, 'd'), 25)).toBeUndefined();
  });
});
