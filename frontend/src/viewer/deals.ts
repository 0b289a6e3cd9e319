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
    if (!told) return asked;
    return { state: told.state as DealRequest['state'], reason: told.reason, variantId: told.variantId, decidedMs: asked?.decidedMs ?? 0 };
  }

  /** The picture that this viewer sees; without one, now. */
  get pictureMs(): number {
    const { pictureMs } = this.#app.timeline;
    return pictureMs !== null && Number.isFinite(pictureMs) ? pictureMs : this.#app.timeline.serverNowMs();
  }

  /** An end that somebody waits behind stays until it is decided. */
  isShown(deal: Deal): boolean {
    return deal.phase !== 'over' || this.request(deal) !== null || this.pictureMs < deal.endsMs + OVER_SHOWN_MS;
  }

  async take(deal: Deal, variantId: string): Promise<void> {
    if (this.#busy) return;
    const picture = Math.round(this.pictureMs);
    this.#busy = deal.id;
    try {
      const ack = await this.#app.timeline.send('deal.take', { deal_id: deal.id, variant_id: variantId, picture_ms: picture });
      const told = ack['deal'] as { state: DealRequest['state']; reason: string; variant_id: string; decided_at: string };
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
