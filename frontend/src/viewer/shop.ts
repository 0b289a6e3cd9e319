/** Products, stock and the cart of this viewer. The server's answers are the only thing that changes them. */
import { ApiError, newKey, type Api } from '../api/client.ts';
import type { Cart, Product, Variant } from '../api/types.ts';

const ADD_ATTEMPTS_MAX = 3;
const RETRY_AFTER_MS = 700;

export type AddResult = { outcome: 'added' } | { outcome: 'short'; available: number } | { outcome: 'failed'; text: string };

export class Shop {
  readonly #api: Api;
  readonly #slug: string;
  readonly #onChange: () => void;
  #stock: () => ReadonlyMap<string, number>;
  products: readonly Product[];
  cart: Cart;

  constructor(api: Api, start: { slug: string; products: Product[]; cart: Cart | null; stock: () => ReadonlyMap<string, number> }, onChange: () => void) {
    this.#api = api;
    this.#slug = start.slug;
    this.#stock = start.stock;
    this.#onChange = onChange;
    this.products = start.products;
    this.cart = start.cart ?? { currency: '', items: [], subtotal: 0, count: 0 };
  }

  product(id: string): Product | null {
    return this.products.find((product) => product.id === id) ?? null;
  }

  /** Units that can be bought now: what the timeline said last, else what the page was served with. */
  available(variant: { id: string; available: number }): number {
    return this.#stock().get(variant.id) ?? variant.available;
  }

  isSoldOut(product: Product): boolean {
    return product.variants.every((variant) => this.available(variant) <= 0);
  }

  /** The variant that a card offers first: one that can be bought. */
  firstChoice(product: Product): Variant | null {
    return product.variants.find((variant) => this.available(variant) > 0) ?? product.variants[0] ?? null;
  }

  async reloadProducts(): Promise<void> {
    this.products = await this.#api.request<Product[]>(`/shows/${this.#slug}/products`);
    this.#onChange();
  }

  async reloadCart(): Promise<void> {
    this.#take(await this.#api.request<Cart>('/cart'));
  }

  /** One tap is one unit, however often the line makes us send it. */
  async add(sku: string, showTimeS: number | null): Promise<AddResult> {
    const idempotencyKey = newKey();
    const body = { sku, quantity: 1, show: this.#slug, ...(showTimeS === null ? {} : { show_time_s: showTimeS }) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#api.request<Cart | undefined>('/cart/items', { method: 'POST', body, idempotencyKey });
        if (isCart(answer)) this.#take(answer);
        else await this.reloadCart();
        return { outcome: 'added' };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.problem.available !== undefined) return { outcome: 'short', available: error.problem.available };
        if (!error.isUncertain || attempt >= ADD_ATTEMPTS_MAX) return { outcome: 'failed', text: error.problem.detail };
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS * attempt));
      }
    }
  }

  async setQuantity(sku: string, quantity: number): Promise<void> {
    const path = `/cart/items/${encodeURIComponent(sku)}`;
    const answer = await this.#api.request<Cart | undefined>(path, { method: 'PATCH', body: { quantity } });
    if (isCart(answer)) this.#take(answer);
    else await this.reloadCart();
  }

  #take(cart: Cart): void {
    this.cart = cart;
    this.#onChange();
  }
}

function isCart(answer: Cart | undefined): answer is Cart {
  return Array.isArray(answer?.items);
}
