/** A person's part in deals: one tap, and what came of it. The server orders the taps by the picture that each player showed. */
import { OVER_SHOWN_MS } from '../timeline-client/deals.ts';
import type { Deal } from '../timeline-client/index.ts';
import type { ViewerApp } from './app.ts';

export interface DealRequest {
  state: 'pending' | 'won' | 'bought' | 'lost' | 'lapsed';
  reason: string;
  variantId: string;
  /** By the server's clock. */
  decidedMs: number;
}

const found = new WeakMap<ViewerApp, Deals>();

/** The one part of this player. */
export function dealsOf(app: ViewerApp): Deals {
  const known = found.get(app) ?? new Deals(app);
  found.set(app, known);
  return known;
}

export class Deals {
  readonly #app: ViewerApp;
  readonly #requests = new Map<string, DealRequest>();
  /** What the own stream had told of an earlier request when the last one was sent, by the deal's id. */
  readonly #toldBefore = new Map<string, unknown>();
  #busy: string | null = null;

  constructor(app: ViewerApp) {
    this.#app = app;
    void this.#recall();
  }

  isBusy(deal: Deal): boolean {
    return this.#busy === deal.id;
  }

  /** What this person asked of a deal last, and what came of it. */
  request(deal: Deal): DealRequest | null {
    const asked = this.#requests.get(deal.id) ?? null;
    const told = this.#app.timeline.own.deals.get(deal.id);
    if (!told || (asked && told === this.#toldBefore.get(deal.id))) return asked;
    return { state: told.state as DealRequest['state'], reason: told.reason, variantId: told.variantId, decidedMs: asked?.decidedMs ?? 0 };
  }

  /** The picture that this viewer sees; without one, now. */
  get pictureMs(): number {
    const { pictureMs } = this.#app.timeline;
    return pictureMs !== null && Number.isFinite(pictureMs) ? pictureMs : this.#app.timeline.serverNowMs();
  }

  /** The one deal that has the card: one that is over only while there is no other. */
  get shown(): Deal | null {
    const shown = this.#app.view.deals.filter((deal) => this.#isShown(deal));
    return shown.find(({ phase }) => phase !== 'over') ?? shown[0] ?? null;
  }

  /** An end that somebody waits behind stays until it is decided, and what was won while it is kept. */
  #isShown(deal: Deal): boolean {
    return deal.phase !== 'over' || ['pending', 'won'].includes(this.request(deal)?.state ?? '') || this.pictureMs < deal.endsMs + OVER_SHOWN_MS;
  }

  async take(deal: Deal, variantId: string): Promise<void> {
    if (this.#busy) return;
    const picture = Math.round(this.pictureMs);
    const before = this.#app.timeline.own.deals.get(deal.id);
    this.#busy = deal.id;
    try {
      const ack = await this.#app.timeline.send('deal.take', { deal_id: deal.id, variant_id: variantId, picture_ms: picture });
      const told = ack['deal'] as { state: DealRequest['state']; reason: string; variant_id: string; decided_at: string };
      this.#toldBefore.set(deal.id, before);
      this.#requests.set(deal.id, { state: told.state, reason: told.reason, variantId: told.variant_id, decidedMs: Date.parse(told.decided_at) });
    } finally {
      this.#busy = null;
    }
  }

  /** A person who opens the page during a deal may have asked for it before. */
  async #recall(): Promise<void> {
    const mine = await this.#app.mine;
    for (const [id, one] of Object.entries(mine?.deals ?? {})) {
      const state = one.state as DealRequest['state'];
      if (!this.#requests.has(id)) this.#requests.set(id, { state, reason: one.reason, variantId: one.variant_id, decidedMs: Date.parse(one.decided_at) });
    }
  }
}
