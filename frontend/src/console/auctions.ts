/** A producer's acts with auctions. No DOM; the list is the server's, and is read again when an entry has changed it. */
import type { Api } from '../api/client.ts';
import type { ProductView, StaffAuction } from '../api/schema.ts';
import type { ViewState } from '../timeline-client/index.ts';
import type { ActionRunner } from './action-runner.ts';
import { t, type ConsoleText } from './texts.ts';

export type { StaffAuction } from '../api/schema.ts';
export type AuctionAct = 'announce' | 'open' | 'last-call' | 'cancel' | 'offer-again';

/** A bid each tick must not become a request each tick. */
const REFRESH_MS = 1000;
export const AUCTION_FORM = 'auction-form';

const DONE: Readonly<Record<AuctionAct, ConsoleText>> = {
  announce: 'auctions.announced',
  open: 'auctions.opened',
  'last-call': 'auctions.lastCalled',
  cancel: 'auctions.cancelled',
  'offer-again': 'auctions.offered',
};

export interface AuctionDraft {
  readonly variant_id: string;
  readonly title: string;
  readonly start_amount: number;
  readonly increments: readonly { readonly from_amount: number; readonly step: number }[];
  readonly length_s: number;
  readonly extend_s: number;
  readonly reserve_amount: number | null;
  readonly buy_now_amount: number | null;
  readonly checkout_s: number;
  readonly bidders_rule: string;
}

/** A variant that can be auctioned. */
export interface Piece {
  readonly variantId: string;
  readonly words: string;
  readonly currency: string;
}

export function auctionPlace(id: string): string {
  return `auction:${id}`;
}

export class Auctions {
  list: readonly StaffAuction[] | null = null;
  pieces: readonly Piece[] = [];
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;
  readonly #changed: () => void;
  #noted: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(path: string, api: Api, actions: ActionRunner, changed: () => void) {
    this.#path = path;
    this.#api = api;
    this.#actions = actions;
    this.#changed = changed;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The show's timeline has changed: is the list old now? */
  watch({ auctions }: ViewState): void {
    const now = auctions.map(({ id, state, standing, endsMs, close }) => [id, state, standing.bids, standing.price, endsMs, close?.leader].join(' ')).join();
    if (now === this.#noted) return;
    this.#noted = now;
    this.refresh(this.list === null ? 0 : REFRESH_MS);
  }

  /** The auction that is on air. */
  get onAir(): StaffAuction | undefined {
    return this.list?.find(({ state }) => state === 'open');
  }

  refresh(inMs = 0): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), inMs);
  }

  /** Anew each time the form is shown: products are put into a show and taken out of it. */
  async readPieces(): Promise<void> {
    await this.#actions.runInBackground('auction-pieces', async () => {
      const products = await this.#api.request<ProductView[]>(`${this.#path}/products`);
      this.pieces = products.flatMap(({ name, variants }) =>
        variants.map(({ id, options, currency }) => ({ variantId: id, currency: currency ?? '', words: [name, ...Object.values(options)].join(' · ') })),
      );
      this.#changed();
    });
  }

  make(draft: AuctionDraft): Promise<boolean> {
    return this.#actions.run(AUCTION_FORM, async () => {
      await this.#api.request(`${this.#path}/auctions`, { method: 'POST', body: draft });
      this.refresh();
      this.#actions.say(t('auctions.made'));
    });
  }

  act(id: string, act: AuctionAct): Promise<boolean> {
    return this.#actions.run(auctionPlace(id), async () => {
      const body = act === 'open' || act === 'announce' ? this.#actions.picture() : {};
      await this.#api.request(`${this.#path}/auctions/${id}/${act}`, { method: 'POST', body });
      this.refresh();
      this.#actions.say(t(DONE[act]));
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#actions.run(auctionPlace(id), async () => {
      await this.#api.request(`${this.#path}/auctions/${id}`, { method: 'DELETE' });
      this.refresh();
    });
  }

  bidsHref(id: string): string {
    return `/api/v1${this.#path}/auctions/${id}/bids.csv`;
  }

  async #fetch(): Promise<void> {
    await this.#actions.runInBackground('list:auctions', async () => {
      this.list = await this.#api.request<StaffAuction[]>(`${this.#path}/auctions`);
    });
    this.#changed();
  }
}
