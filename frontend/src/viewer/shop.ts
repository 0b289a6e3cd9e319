/** Products, stock and the cart of this viewer. The server's answers are the only thing that changes them. */
import { ApiError, newKey, type Api } from '../api/client.ts';
import type { ReservedItem, WaitView } from '../api/schema.ts';
import type { Cart, CartItem, CheckoutLine, Product, Variant } from '../api/types.ts';
import type { SellingPause } from '../timeline-client/index.ts';
import { Newest } from './newest.ts';

const ADD_ATTEMPTS_MAX = 3;
/** Changes of another page that one tap gives way to. */
const CONFLICTS_MAX = 4;
const RETRY_AFTER_MS = 700;
/** All viewers hear of a new product at once; they ask for it one after another. */
export const SPREAD_MS = 3000;

export type AddResult = { outcome: 'added' } | { outcome: 'short'; available: number } | { outcome: 'failed'; text: string };

export class Shop {
  readonly #api: Api;
  readonly #slug: string;
  readonly #market: string;
  readonly #onChange: () => void;
  readonly #onSent: () => void;
  readonly #asked = new Set<string>();
  readonly #reloads = new Newest();
  #isReading: Promise<void> | null = null;
  /** Quantities that were tapped and are not answered yet, by SKU. */
  readonly #wanted = new Map<string, number>();
  readonly #sending = new Set<string>();
  #stock: () => ReadonlyMap<string, number>;
  products: readonly Product[];
  cart: Cart;

  /** `onSent`: this page has changed the cart. */
  constructor(
    api: Api,
    start: { slug: string; market?: string; products: Product[]; cart: Cart | null; stock: () => ReadonlyMap<string, number> },
    onChange: () => void,
    onSent: () => void = () => undefined,
  ) {
    this.#onSent = onSent;
    this.#api = api;
    this.#slug = start.slug;
    this.#market = start.market ?? '';
    this.#stock = start.stock;
    this.#onChange = onChange;
    this.products = start.products;
    this.cart = start.cart ?? { version: 0, currency: '', market: '', unpriced: [], reserved: [], gift: null, bundles: [], items: [], subtotal: 0, count: 0, held: {} };
  }

  product(id: string): Product | null {
    return this.products.find((product) => product.id === id) ?? null;
  }

  /** The variant as this page shows it. */
  variant(sku: string): Variant | null {
    return this.products.flatMap(({ variants }) => variants).find((variant) => variant.sku === sku) ?? null;
  }

  /** Units that this person can buy now: the timeline's last level, else the level that came with the page, and the
   * units that their own checkout holds. */
  available(variant: { id: string; available: number }): number {
    return (this.#stock().get(variant.id) ?? variant.available) + this.#heldOf(variant.id);
  }

  /** The same for a line of the cart, in which the server has counted the held units. */
  availableOf(item: CartItem): number {
    return this.available({ id: item.variant_id, available: item.available - this.#heldOf(item.variant_id) });
  }

  /** The units that the viewer's own checkout holds have changed. */
  keep(lines: readonly CheckoutLine[]): void {
    const held = Object.fromEntries(lines.flatMap((line) => (line.variant_id ? [[line.variant_id, line.quantity]] : [])));
    this.#take({ ...this.cart, held });
  }

  /** What is kept for the viewer of a product: of several the one whose time ends first. */
  keptOf(productId: string): ReservedItem | null {
    const kept = this.cart.reserved.filter((one) => one.product_id === productId);
    return kept.sort((a, b) => Date.parse(a.expires_at) - Date.parse(b.expires_at))[0] ?? null;
  }

  /** The viewer's own open checkout holds units of a product. */
  holds(productId: string): boolean {
    return this.product(productId)?.variants.some(({ id }) => this.#heldOf(id) > 0) ?? false;
  }

  isSoldOut(product: Product): boolean {
    return product.variants.every((variant) => this.available(variant) <= 0);
  }

  /** The variant that a card offers first: one that can be bought. */
  firstChoice(product: Product): Variant | null {
    return product.variants.find((variant) => this.available(variant) > 0) ?? product.variants[0] ?? null;
  }

  async reloadProducts(): Promise<void> {
    const isNewest = this.#reloads.ask();
    const products = await this.#api.request<Product[]>(`/shows/${this.#slug}/products${this.#market ? `?market=${this.#market}` : ''}`);
    if (!isNewest()) return;
    this.products = products;
    this.#onChange();
  }

  /**
   * Fetches the list again when stock is told of a variant that it lacks: its product was put into the rundown.
   * Each variant gives one reason, for one without a price is never listed.
   */
  async lookForNew(): Promise<void> {
    const listed = new Set(this.products.flatMap((product) => product.variants.map((variant) => variant.id)));
    const lacking = [...this.#stock().keys()].filter((id) => !listed.has(id) && !this.#asked.has(id));
    if (lacking.length === 0) return;
    for (const id of lacking) this.#asked.add(id);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS));
    await this.reloadProducts();
  }

  /** Prices have changed: products and cart are read again, by one viewer after another. */
  async readPrices(): Promise<void> {
    this.#isReading ??= new Promise((resolve) => setTimeout(resolve, Math.random() * SPREAD_MS)).then(async () => {
      this.#isReading = null; // a change from now on is read again
      await Promise.all([this.reloadProducts(), this.cart.count > 0 ? this.reloadCart() : null]);
    });
    await this.#isReading;
  }

  /** The sale was paused or goes on: the buttons change at once, and the timers of what is kept are read anew. */
  async readTimers(): Promise<void> {
    this.#onChange();
    if (this.cart.reserved.length > 0) await this.readPrices().catch(() => undefined);
  }

  async reloadCart(): Promise<void> {
    this.#take(await this.#api.request<Cart>('/cart'));
  }

  /** One set of a bundle more, all of it or nothing. */
  async addBundle(bundleId: string, showTimeS: number | null): Promise<void> {
    const body = { show: this.#slug, show_time_s: showTimeS };
    this.#take(await this.#api.request<Cart>(`/cart/bundles/${bundleId}`, { method: 'POST', body }));
    this.#onSent();
  }

  /** "No thanks": what is kept for the viewer goes to whoever is next. */
  async giveBack(reservationId: string): Promise<void> {
    this.#take(await this.#api.request<Cart>(`/reservations/${reservationId}/release`, { method: 'POST', body: {} }));
    this.#onSent();
  }

  /** The places of the viewer in queues, by SKU. */
  async waits(): Promise<WaitView[]> {
    return this.#api.request<WaitView[]>('/waits');
  }

  /** Where one is already, an address only is added. */
  async wait(sku: string, email?: string): Promise<WaitView> {
    return this.#api.request<WaitView>('/waits', { method: 'POST', body: { sku, show: this.#slug, ...(email && { email }) } });
  }

  async leave(sku: string): Promise<void> {
    await this.#api.request(`/waits/${encodeURIComponent(sku)}`, { method: 'DELETE' });
  }

  /** One tap is one unit, however often the line makes us send it. */
  async add(sku: string, showTimeS: number | null): Promise<AddResult> {
    const idempotencyKey = newKey();
    const body = { sku, quantity: 1, show: this.#slug, ...(showTimeS === null ? {} : { show_time_s: showTimeS }), ...(this.#market ? { market: this.#market } : {}) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#api.request<Cart | undefined>('/cart/items', { method: 'POST', body, idempotencyKey });
        await this.#takeAnswer(answer);
        return { outcome: 'added' };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.problem.available !== undefined) return { outcome: 'short', available: error.problem.available };
        if (!error.isUncertain || attempt >= ADD_ATTEMPTS_MAX) return { outcome: 'failed', text: error.problem.detail };
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS * attempt));
      }
    }
  }

  /** The cart keeps the market in which it was begun. */
  get isCartElsewhere(): boolean {
    return this.cart.items.length + this.cart.unpriced.length > 0 && this.cart.market !== this.#market;
  }

  /** Moves the cart to this page's market. */
  async bringCart(): Promise<void> {
    this.#take(await this.#api.request<Cart>('/cart/market', { method: 'PUT', body: { market: this.#market } }));
    this.#onSent();
  }

  /** The quantity that the viewer has tapped to: that of the cart, until its taps are answered. */
  wanted(item: Pick<CartItem, 'sku' | 'quantity'>): number {
    return this.#wanted.get(item.sku) ?? item.quantity;
  }

  /**
   * One more or less, for each tap. Taps while one is on its way are sent together after it; when the cart was changed
   * elsewhere meanwhile, they are made on the cart of now, so that neither change is lost.
   */
  async step(sku: string, delta: number): Promise<void> {
    this.#wanted.set(sku, Math.max(0, this.#wantedOf(sku) + delta));
    this.#onChange();
    if (this.#sending.has(sku)) return;
    this.#sending.add(sku);
    try {
      for (let attempt = 1; this.#wantedOf(sku) !== this.#quantityOf(sku); ) {
        const before = this.#quantityOf(sku);
        const isTaken = await this.#setQuantity(sku, this.#wantedOf(sku));
        if (isTaken) continue;
        if (attempt >= CONFLICTS_MAX) break;
        attempt += 1;
        const taps = this.#wantedOf(sku) - before;
        await this.reloadCart();
        this.#wanted.set(sku, Math.max(0, this.#quantityOf(sku) + taps));
      }
    } finally {
      this.#sending.delete(sku);
      this.#wanted.delete(sku);
      this.#onChange();
    }
  }

  /** False: the cart is not the one that this page showed. */
  async #setQuantity(sku: string, quantity: number): Promise<boolean> {
    const path = `/cart/items/${encodeURIComponent(sku)}`;
    const body = { quantity, version: this.cart.version };
    try {
      await this.#takeAnswer(await this.#api.request<Cart | undefined>(path, { method: 'PATCH', body }));
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.code === 'cart-changed' || error.status === 404)) return false;
      throw error;
    }
  }

  #quantityOf(sku: string): number {
    return this.cart.items.find((item) => item.sku === sku)?.quantity ?? 0;
  }

  #wantedOf(sku: string): number {
    return this.#wanted.get(sku) ?? this.#quantityOf(sku);
  }

  /** Takes the cart after a tap, unless a later tap has been answered before: answers overtake each other. */
  async #takeAnswer(answer: Cart | undefined): Promise<void> {
    if (!isCart(answer)) await this.reloadCart();
    else if (answer.version >= this.cart.version) this.#take(answer);
    this.#onSent();
  }

  #heldOf(variantId: string): number {
    return this.cart.held[variantId] ?? 0;
  }

  #take(cart: Cart): void {
    this.cart = cart;
    this.#onChange();
  }
}

/** A snapshot brings the pause that this page knows in another object: no timer is read anew for it. */
export function isSamePause(a: SellingPause | null, b: SellingPause | null): boolean {
  return a === b || (a !== null && b !== null && a.paused_at === b.paused_at && a.reason === b.reason && a.words === b.words);
}

function isCart(answer: Cart | undefined): answer is Cart {
  return Array.isArray(answer?.items);
}
