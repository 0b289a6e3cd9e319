import { describe, expect, it } from 'vitest';
import type { SnapshotAuction } from '../api/types.ts';
import { auctionsAt, auctionsOf, nextAuctionChange, withAnnounced, withAuctionClosed, withAuctionOpened, withBid, withExtended, type AuctionBook } from './auctions.ts';

const T0 = Date.parse('2030-03-01T18:30:00.000Z');
const iso = (s: number) => new Date(T0 + 1000 * s).toISOString();
const ms = (s: number) => T0 + 1000 * s;
const look = {
  auction_id: 'a', title: 'Vase', variant_id: 'v', product_id: 'p', currency: 'EUR', start_amount: 1000, increments: [{ from_amount: 0, step: 100 }],
  has_reserve: false, buy_now_amount: null, extend_s: 10, checkout_s: 900, bidders_rule: 'confirmed',
};
const standing = { auction_id: 'a', price: 1000, minimum: 1000, leader: null, bids: 0, reserve_met: false, buy_now: false, ends_at: iso(60) };
const announced = { seq: 1, at: iso(2), picture_at: iso(0), body: look };
const opened = { seq: 2, at: iso(12), picture_at: iso(10), body: { ...look, standing } };
const bid = { seq: 3, at: iso(55), body: { ...standing, price: 3100, minimum: 3200, leader: 2, bids: 2, ends_at: iso(65), cause: 'bid' } };
const extended = { seq: 4, at: iso(55), body: { auction_id: 'a', ends_at: iso(65) } };
const closed = { seq: 5, at: iso(77), body: { auction_id: 'a', result: 'sold', price: 3100, leader: 2, bids: 2 } };
const next = { seq: 6, at: iso(977), body: { ...closed.body, price: 1000, leader: 1 } };
const empty: AuctionBook = new Map();
const upTo = (count: number) =>
  [
    (book: AuctionBook) => withAnnounced(book, announced),
    (book: AuctionBook) => withAuctionOpened(book, opened),
    (book: AuctionBook) => withBid(book, bid),
    (book: AuctionBook) => withExtended(book, extended),
    (book: AuctionBook) => withAuctionClosed(book, closed),
    (book: AuctionBook) => withAuctionClosed(book, next),
  ].slice(0, count).reduce((book, step) => step(book), empty);
const at = (book: AuctionBook, s: number, isHistory = false) => auctionsAt(book, ms(s), isHistory)[0];

describe('an auction at a picture', () => {
  it('is announced and opens at its pictures, and not before', () => {
    const book = upTo(2);
    expect([-1, 0, 9.9, 10].map((s) => at(book, s)?.state)).toEqual([undefined, 'announced', 'announced', 'open']);
    expect(at(book, 9.9)?.endsMs).toBeNull();
    expect(at(book, 10)?.endsMs).toBe(ms(60));
    expect([-5, 0, 10].map((s) => nextAuctionChange(book, ms(s), false))).toEqual([ms(0), ms(10), Number.POSITIVE_INFINITY]);
  });

  it('has the price and the end of now while the show is on, whatever picture is looked at', () => {
    expect(at(upTo(4), 40)).toMatchObject({ state: 'open', standing: { price: 3100, leader: 2 }, endsMs: ms(65) });
  });

  it('has those of its picture in the replay', () => {
    const book = upTo(6);
    expect(at(book, 40, true)).toMatchObject({ state: 'open', standing: { price: 1000, leader: null }, endsMs: ms(60), close: null });
    expect(at(book, 56, true)).toMatchObject({ standing: { price: 3100 }, endsMs: ms(65) });
    expect(at(book, 80, true)).toMatchObject({ state: 'closed', close: { result: 'sold', price: 3100, leader: 2 } });
    expect(nextAuctionChange(book, ms(40), true)).toBe(ms(55));
  });

  it('names the next buyer when the first has not paid, as long after it as after the first', () => {
    expect(at(upTo(6), 980)).toMatchObject({ close: { price: 1000, leader: 1 }, closedMs: ms(977) });
  });

  it('takes no older end or price for the newer one', () => {
    const last = withExtended(withBid(upTo(2), { ...bid, seq: 9 }), extended);
    expect(at(withBid(last, { ...bid, seq: 3, body: { ...bid.body, price: 2000 } }), 40)).toMatchObject({ standing: { price: 3100 }, endsMs: ms(65) });
  });

  it('knows nothing of an auction that it was not told of', () => {
    expect(withAuctionClosed(withExtended(withBid(empty, bid), extended), closed).size).toBe(0);
  });

  it('is the same from a snapshot as from its entries', () => {
    const view: SnapshotAuction = {
      ...look, state: 'closed', result: 'sold', announced_at: iso(0), opened_at: iso(10), closed_at: iso(77), standing: bid.body,
    };
    const { close, closedMs, state, endsMs } = at(auctionsOf([view], 6, iso(80)), 80) ?? {};
    expect({ close, closedMs, state, endsMs }).toEqual({ close: { result: 'sold', price: 3100, leader: 2 }, closedMs: ms(77), state: 'closed', endsMs: ms(65) });
  });
});
