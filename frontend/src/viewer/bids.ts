/**
 * A person's bids in a show. Who leads is told to everyone by numbers; this person's own number and maximum are known here
 * alone. Nothing is drawn as done before the server has taken it.
 */
import { newKey, type ApiError } from '../api/client.ts';
import type { Mine } from '../api/types.ts';
import type { Ack, Auction, OwnState, ViewState } from '../timeline-client/index.ts';

/** Time that a result stays on screen. */
const RESULT_SHOWN_MS = 45_000;
/** As long as a bid can be taken back. */
const RETRACT_MS = 10_000;
/** The server counts no longer delay than this (`delivery_clocks`). */
const DELAY_MAX_MS = 12_000;

export interface BidsTimeline {
  readonly view: ViewState;
  readonly own: OwnState;
  readonly pictureMs: number | null;
  serverNowMs(): number;
  send(name: string, body: Record<string, unknown>, id?: string): Promise<Ack>;
}

export interface OwnBids {
  number: number;
  maximum: number | null;
  isOut: boolean;
  /** What a won piece can be bought for, and until when. */
  offer: { amount: number; untilMs: number } | null;
}

interface TakenBid {
  bid_id: string;
  number: number;
  maximum: number;
}

export class Bids {
  readonly #timeline: BidsTimeline;
  readonly #changed: () => void;
  #own = new Map<string, OwnBids>();
  #last = new Map<string, { id: string; untilMs: number; before: number | null }>();
  #toldSeq = 0;
  isBusy = false;

  constructor(timeline: BidsTimeline, changed: () => void) {
    this.#timeline = timeline;
    this.#changed = changed;
  }

  adopt({ auctions = {}, own_seq: seq = 0 }: Mine): void {
    for (const [id, one] of Object.entries(auctions)) {
      const { number, maximum, is_out: isOut, offer_amount: amount, offer_until: until } = one;
      this.#own.set(id, { number, maximum, isOut, offer: amount === null || until === null ? null : { amount, untilMs: Date.parse(until) } });
    }
    this.#toldSeq = seq;
    this.#changed();
  }

  /** The auction of this picture: on air, announced, or closed a moment ago. */
  get auction(): Auction | null {
    const { view } = this.#timeline;
    if (view.state === 'draft') return null;
    const all = [...view.auctions].reverse();
    return all.find(({ state }) => state === 'open') ?? all.find(({ state }) => state === 'announced') ?? all.find((one) => this.#isFresh(one)) ?? null;
  }

  own(auctionId: string): OwnBids | null {
    this.#look();
    return this.#own.get(auctionId) ?? null;
  }

  leads({ id, standing }: Auction): boolean {
    const own = this.own(id);
    return own !== null && standing.leader === own.number;
  }

  /** Milliseconds until the end at this viewer's picture; on air, a picture further behind than counts has no more time. */
  leftMs({ endsMs }: Auction): number | null {
    if (endsMs === null) return null;
    const countedMs = this.#isHistory ? this.#seenMs : Math.max(this.#seenMs, this.#timeline.serverNowMs() - DELAY_MAX_MS);
    return Math.max(0, endsMs - countedMs);
  }

  /** Milliseconds in which the last bid can still be taken back. */
  retractLeftMs(auctionId: string): number {
    return Math.max(0, (this.#last.get(auctionId)?.untilMs ?? 0) - this.#timeline.serverNowMs());
  }

  async bid(auction: Auction, maximum: number): Promise<void> {
    await this.#take(auction, 'auction.bid', { auction_id: auction.id, maximum });
  }

  async buyNow(auction: Auction): Promise<void> {
    await this.#take(auction, 'auction.buy_now', { auction_id: auction.id });
  }

  async retract(auctionId: string): Promise<void> {
    const last = this.#last.get(auctionId);
    if (!last) return;
    await this.#once(async () => {
      await this.#timeline.send('auction.retract', { bid_id: last.id });
      this.#last.delete(auctionId);
      const own = this.#own.get(auctionId);
      if (own) this.#own.set(auctionId, { ...own, maximum: last.before });
    });
  }

  /** The person has read and accepted that bids bind: the button says so. */
  async #take({ id }: Auction, name: string, body: Record<string, unknown>): Promise<void> {
    const key = newKey(); // the same for a second try: one bid
    await this.#once(async () => {
      const ack = await this.#sendTwice(name, { ...body, picture_at: Math.round(this.#seenMs), accepts_terms: true }, key);
      const taken = ack['bid'] as TakenBid;
      const before = this.#own.get(id)?.maximum ?? null;
      this.#last.set(id, { id: taken.bid_id, untilMs: this.#timeline.serverNowMs() + RETRACT_MS, before });
      if (name === 'auction.buy_now') this.#last.delete(id);
      this.#own.set(id, { number: taken.number, maximum: Math.max(taken.maximum, before ?? 0), isOut: false, offer: null });
    });
  }

  async #sendTwice(name: string, body: Record<string, unknown>, key: string): Promise<Ack> {
    try {
      return await this.#timeline.send(name, body, key);
    } catch (error) {
      if (!(error as ApiError).isUncertain) throw error;
      return await this.#timeline.send(name, body, key);
    }
  }

  async #once(act: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.#changed();
    try {
      await act();
    } finally {
      this.isBusy = false;
      this.#changed();
    }
  }

  /** Take what the own stream has told since. */
  #look(): void {
    const { own } = this.#timeline;
    if (own.seq <= this.#toldSeq) return;
    for (const news of [...own.news].reverse()) {
      if (news.seq <= this.#toldSeq) continue;
      if (news.kind === 'auction.offer') this.#offer(news.body.auction_id, { amount: news.body.amount, untilMs: Date.parse(news.body.until) });
      if (news.kind === 'auction.offer_over') this.#offer(news.body.auction_id, null, news.body.paid);
    }
    this.#toldSeq = own.seq;
  }

  /** Whoever did not take an offer bids no more. */
  #offer(auctionId: string, offer: OwnBids['offer'], isPaid = false): void {
    const known = this.#own.get(auctionId);
    if (known) this.#own.set(auctionId, { ...known, offer, isOut: offer === null && !isPaid });
  }

  get #isHistory(): boolean {
    return this.#timeline.view.state === 'ended';
  }

  get #seenMs(): number {
    const { pictureMs } = this.#timeline;
    return pictureMs !== null && Number.isFinite(pictureMs) ? pictureMs : this.#timeline.serverNowMs();
  }

  #isFresh({ id, closedMs }: Auction): boolean {
    const offer = this.own(id)?.offer;
    if (offer && offer.untilMs > this.#timeline.serverNowMs()) return true;
    const seenMs = this.#isHistory ? this.#seenMs : this.#timeline.serverNowMs();
    return closedMs !== null && seenMs - closedMs < RESULT_SHOWN_MS;
  }
}
