/**
 * The search of a brand's products on the server, while somebody types. No DOM.
 *
 * One question is under way at most: a newer one cancels it, and an answer that comes too late is not taken.
 */
import type { Api } from '../api/client.ts';
import type { CategoryChoice, RundownRow } from '../api/schema.ts';

export const WAIT_MS = 250;
export const PAGE = 24;
/** Most products that are listed: a longer word finds the others sooner. */
export const FOUND_MAX = 240;
export const QUERY_MAX = 200;

export type FoundProduct = RundownRow;

export interface Page {
  readonly products: readonly FoundProduct[];
  readonly hasMore: boolean;
}

/** Asks for the products that match, from the one numbered `offset` on; `category`: an id, empty for all. */
export type Ask = (query: string, offset: number, signal: AbortSignal, category: string) => Promise<Page>;

export function askServer(api: Api, brand: string): Ask {
  return async (query, offset, signal, category) => {
    // One more than is shown: whether it is there says whether there are more.
    const asked = new URLSearchParams({ q: query, limit: String(PAGE + 1), offset: String(offset) });
    if (category) asked.set('category', category);
    const path = `/brands/${encodeURIComponent(brand)}/products?${asked.toString()}`;
    const found = await api.request<readonly FoundProduct[]>(path, { signal });
    return { products: found.slice(0, PAGE), hasMore: found.length > PAGE };
  };
}

/** The brand's categories, for the choice beside the search; none where they can't be had. */
export async function categoriesOf(api: Api, brand: string): Promise<readonly CategoryChoice[]> {
  return api.request<readonly CategoryChoice[]>(`/brands/${encodeURIComponent(brand)}/categories`).catch(() => []);
}

/** A category as the choice shows it: what is below another one stands further in. */
export function categoryLabel({ name, depth }: CategoryChoice): string {
  return `${'\u2003'.repeat(depth)}${name}`;
}

export class ProductSearch {
  /** The last products found; they stay while the next answer is awaited, and when it does not come. */
  query = '';
  products: readonly FoundProduct[] = [];
  hasMore = false;
  isBusy = false;
  hasFailed = false;
  readonly #ask: Ask;
  readonly #changed: () => void;
  #wanted = '';
  #category = '';
  #offset = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #underWay: AbortController | null = null;

  /** `changed` is told after each change of what is known. */
  constructor(ask: Ask, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** Begins with the products that the page brought along. */
  begin(query: string, page: Page): void {
    this.#wanted = query.trim();
    this.query = this.#wanted;
    this.products = page.products;
    this.#offset = page.products.length;
    this.hasMore = page.hasMore;
  }

  /** The first page of all products, where the page brought none along. */
  open(): Promise<void> {
    return this.#fetch(0);
  }

  /** There is more than the list takes: only a longer query leads there. */
  get isFull(): boolean {
    return this.hasMore && this.#offset >= FOUND_MAX;
  }

  type(query: string): void {
    const wanted = query.slice(0, QUERY_MAX).trim();
    if (wanted === this.#wanted) return;
    this.#cancel();
    this.#wanted = wanted;
    this.isBusy = true;
    this.hasFailed = false;
    this.#timer = setTimeout(() => void this.#fetch(0), WAIT_MS);
    this.#changed();
  }

  /** Looks in one category only; an empty id: in all. */
  choose(category: string): void {
    if (category === this.#category) return;
    this.#cancel();
    this.#category = category;
    void this.#fetch(0);
  }

  /** Asks at once, without waiting for more letters. */
  now(): void {
    if (this.#timer === undefined) return;
    this.#cancel();
    void this.#fetch(0);
  }

  async more(): Promise<void> {
    if (this.isBusy || !this.hasMore || this.isFull) return;
    await this.#fetch(this.#offset);
  }

  async retry(): Promise<void> {
    if (!this.hasFailed) return;
    await this.#fetch(this.#wanted === this.query ? this.#offset : 0);
  }

  stop(): void {
    this.#cancel();
    this.isBusy = false;
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay?.abort();
    this.#underWay = null;
  }

  async #fetch(offset: number): Promise<void> {
    this.#timer = undefined;
    const asking = new AbortController();
    this.#underWay = asking;
    const query = this.#wanted;
    this.isBusy = true;
    this.hasFailed = false;
    this.#changed();
    const page = await this.#ask(query, offset, asking.signal, this.#category).catch(() => null);
    if (asking.signal.aborted) return;
    this.#underWay = null;
    this.isBusy = false;
    this.hasFailed = page === null;
    if (page) this.#take(query, offset, page);
    this.#changed();
  }

  #take(query: string, offset: number, page: Page): void {
    const before = offset ? this.products : [];
    const known = new Set(before.map((one) => one.product_id));
    this.query = query;
    // The catalogue may have changed between two pages.
    this.products = [...before, ...page.products.filter((one) => !known.has(one.product_id))];
    this.#offset = offset + page.products.length;
    this.hasMore = page.hasMore;
  }
}
