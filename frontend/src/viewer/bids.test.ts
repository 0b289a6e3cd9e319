import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.ts';
import type { Ack, Auction, OwnState, ViewState } from '../timeline-client/index.ts';
import { applyOwn, NOTHING_OWN } from '../timeline-client/own-state.ts';
import type { PrivateEntry } from '../timeline-client/entries.ts';
import { Bids } from './bids.ts';

const NOW = Date.parse('2030-03-01T18:30:00.000Z');
const iso = (ms: number) => new Date(ms).toISOString();
const standing = { auction_id: 'a', price: 3100, minimum: 3200, leader: 7, bids: 2, reserve_met: false, buy_now: false, ends_at: iso(NOW + 8_000) };
const look = {
  auction_id: 'a', title: 'Vase', variant_id: 'v', product_id: 'p', currency: 'EUR', start_amount: 1000, increments: [{ from_amount: 0, step: 100 }],
  has_reserve: false, buy_now_amount: null, extend_s: 10, checkout_s: 900, bidders_rule: 'confirmed',
};
const auction: Auction = { id: 'a', look, state: 'open', standing, endsMs: NOW + 8_000, close: null, closedMs: null };
const offer = { auction_id: 'a', title: 'Vase', amount: 3100, currency: 'EUR', round: 1, until: iso(NOW + 900_000) };

class FakeTimeline {
  view = { state: 'live', auctions: [auction] } as unknown as ViewState;
  own: OwnState = NOTHING_OWN;
  pictureMs: number | null = NOW;
  nowMs = NOW;
  sent: { name: string; body: Record<string, unknown>; id: string | undefined }[] = [];
  answers: (Ack | Error)[] = [];

  serverNowMs() {
    return this.nowMs;
  }

  async send(name: string, body: Record<string, unknown>, id?: string): Promise<Ack> {
    this.sent.push({ name, body, id });
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    return Promise.resolve(answer ?? { id: id ?? '', seq: 3, bid: { bid_id: `bid${this.sent.length}`, number: 7, maximum: body['maximum'] } });
  }

  tell(...entries: Omit<PrivateEntry, 'seq' | 'at'>[]) {
    const from = this.own.seq + 1;
    const placed = entries.map((entry, place) => ({ ...entry, seq: from + place, at: iso(NOW) }) as PrivateEntry);
    this.own = applyOwn(this.own, { from, to: from + placed.length - 1, entries: placed });
  }
}

describe('the bids of one person', () => {
  let timeline: FakeTimeline;
  let bids: Bids;
  beforeEach(() => {
    timeline = new FakeTimeline();
    bids = new Bids(timeline, () => undefined);
  });

  it('stand as the server has taken them, with the picture that was seen', async () => {
    timeline.pictureMs = NOW - 4_000.4;
    const taken = bids.bid(auction, 5000);
    expect(bids.own('a')).toBeNull(); // not before the answer
    await taken;
    expect(timeline.sent[0]).toMatchObject({ name: 'auction.bid', body: { auction_id: 'a', maximum: 5000, picture_at: NOW - 4_000, accepts_terms: true } });
    expect(bids.own('a')).toEqual({ number: 7, maximum: 5000, isOut: false, offer: null });
    expect(bids.leads(auction)).toBe(true);
  });

  it('are sent again under one id when nobody knows what became of them', async () => {
    timeline.answers = [new ApiError({ status: 0, code: 'unreachable', title: '', detail: 'gone' } as never)];
    await bids.bid(auction, 5000);
    const [first, second] = timeline.sent;
    expect([timeline.sent.length, second?.id]).toEqual([2, first?.id]);
    expect(bids.own('a')?.maximum).toBe(5000);
  });

  it('are not there after a refusal', async () => {
    timeline.answers = [new Error('too low')];
    await expect(bids.bid(auction, 3100)).rejects.toThrow('too low');
    expect([bids.own('a'), bids.isBusy, timeline.sent.length]).toEqual([null, false, 1]);
  });

  it('can be taken back for ten seconds, and leave the maximum before', async () => {
    await bids.bid(auction, 5000);
    await bids.bid(auction, 90_000);
    timeline.nowMs += 9_000;
    expect(bids.retractLeftMs('a')).toBe(1_000);
    await bids.retract('a');
    expect(timeline.sent[2]).toMatchObject({ name: 'auction.retract', body: { bid_id: 'bid2' } });
    expect([bids.own('a')?.maximum, bids.retractLeftMs('a')]).toEqual([5000, 0]);
  });

  it('have the time of their own picture, up to twelve seconds behind', () => {
    const left = [0, 8_000, 12_000, 30_000].map((behindMs) => {
      timeline.pictureMs = NOW - behindMs;
      return bids.leftMs(auction);
    });
    expect(left).toEqual([8_000, 16_000, 20_000, 20_000]);
    timeline.nowMs = NOW + 21_000;
    expect(bids.leftMs(auction)).toBe(0);
  });

  it('have the time of the picture alone in a replay, however long ago the show was', () => {
    timeline.view = { state: 'ended', auctions: [auction] } as unknown as ViewState;
    timeline.nowMs = NOW + 86_400_000;
    timeline.pictureMs = NOW - 20_000;
    expect(bids.leftMs(auction)).toBe(28_000);
  });

  it('have an offer until it is bought, and are still a bidder’s then', async () => {
    await bids.bid(auction, 5000);
    timeline.tell({ kind: 'auction.offer', body: offer });
    expect(bids.own('a')?.offer).toEqual({ amount: 3100, untilMs: NOW + 900_000 });
    timeline.tell({ kind: 'auction.offer_over', body: { auction_id: 'a', title: 'Vase', paid: true } });
    expect(bids.own('a')).toMatchObject({ offer: null, isOut: false });
  });

  it('count no more when an offer was not taken', async () => {
    await bids.bid(auction, 5000);
    timeline.tell({ kind: 'auction.offer', body: offer }, { kind: 'auction.offer_over', body: { auction_id: 'a', title: 'Vase', paid: false } });
    expect(bids.own('a')).toMatchObject({ offer: null, isOut: true });
  });

  it('keep a result on screen for some time, and longer for the one who can buy', async () => {
    await bids.bid(auction, 5000);
    const closed: Auction = { ...auction, state: 'closed', close: { result: 'sold', price: 3100, leader: 7 }, closedMs: NOW };
    timeline.view = { state: 'live', auctions: [closed] } as unknown as ViewState;
    timeline.nowMs = NOW + 44_000;
    expect(bids.auction?.id).toBe('a');
    timeline.nowMs = NOW + 46_000;
    expect(bids.auction).toBeNull();
    timeline.tell({ kind: 'auction.offer', body: offer });
    expect(bids.auction?.id).toBe('a');
  });
});
