/**
 * The same person may have several pages open: a product that one of them buys must not be offered by another. A page that
 * changes cart or checkout tells the others of this browser; orders, and a member's cart, are told by the person's own
 * stream, also across devices; and a page that was out of sight looks again. The message says only that there is something to ask for.
 */
import type { OwnState } from '../timeline-client/own-state.ts';

const CHANNEL = 'showfloor-cart';

export interface CartSyncOptions {
  /** Asks the server for cart and checkout; never tells. */
  reload: () => void;
  /** The version of the cart that this page shows. */
  cartVersion: () => number;
  /** Orders before this moment came with the page. */
  openedMs: number;
  channel?: BroadcastChannel | null;
}

export class CartSync {
  readonly #options: CartSyncOptions;
  readonly #channel: BroadcastChannel | null;
  #orderSeq = 0;
  #cartSeen = 0;
  #keptSeen = 0;

  constructor(options: CartSyncOptions) {
    this.#options = options;
    this.#channel = options.channel ?? (typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL));
    this.#channel?.addEventListener('message', () => options.reload());
  }

  /** This page has changed the cart, or the stock that is held for it. */
  tell(): void {
    this.#channel?.postMessage('');
  }

  stop(): void {
    this.#channel?.close();
  }

  /** The page can be seen again. */
  seen(): void {
    this.#options.reload();
  }

  /** Looks for news of an order, of what is kept for the person, and of the cart on another device of a member. */
  look({ news, cartVersion, keptSeq }: Pick<OwnState, 'news' | 'cartVersion' | 'keptSeq'>): void {
    const newest = news.find((one) => one.kind === 'order.news' && Date.parse(one.at) >= this.#options.openedMs);
    const isKept = keptSeq > this.#keptSeen;
    const isOrdered = (newest?.seq ?? 0) > this.#orderSeq;
    const isChanged = cartVersion > this.#cartSeen && cartVersion > this.#options.cartVersion();
    this.#keptSeen = Math.max(this.#keptSeen, keptSeq);
    this.#orderSeq = Math.max(this.#orderSeq, newest?.seq ?? 0);
    this.#cartSeen = Math.max(this.#cartSeen, cartVersion);
    if (isKept || isOrdered || isChanged) this.#options.reload(); // once, however much came together
  }
}
