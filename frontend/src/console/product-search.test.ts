import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../api/client.ts';
import { FOUND_MAX, PAGE, ProductSearch, WAIT_MS, askServer, categoryLabel, type FoundProduct, type Page } from './product-search.ts';

function product(id: string): FoundProduct {
  return { product_id: id, name: id, image_url: null, price: null, compare_at_price: null, lowest_price_30d: null, currency: 'EUR', available: 1 };
}

function numbered(first: number, count: number): FoundProduct[] {
  return Array.from({ length: count }, (_, index) => product(`p${first + index}`));
}

interface Question {
  readonly query: string;
  readonly offset: number;
  readonly category: string;
  readonly signal: AbortSignal;
  readonly answer: (page: Page) => void;
  readonly fail: () => void;
}

function setUp() {
  const asked: Question[] = [];
  const search = new ProductSearch(
    (query, offset, signal, category) =>
      new Promise((answer, reject) => {
        asked.push({ query, offset, signal, category, answer, fail: () => reject(new Error('no answer')) });
      }),
    () => undefined,
  );
  const ids = (): string[] => search.products.map((one) => one.product_id);
  return { asked, search, ids };
}

const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(WAIT_MS).then(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('typing', () => {
  it('asks once, when no letter has come for a while', async () => {
    const { asked, search } = setUp();
    for (const typed of ['l', 'li', 'lip']) search.type(typed);
    await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
    expect(asked).toHaveLength(0);
    expect(search.isBusy).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.map(({ query, offset }) => [query, offset])).toEqual([['lip', 0]]);
  });

  it('does not ask again for the same words', async () => {
    const { asked, search } = setUp();
    search.begin('', { products: numbered(0, 2), hasMore: false });
    search.type('  ');
    await settle();
    expect(asked).toHaveLength(0);
    expect(search.isBusy).toBe(false);
  });

  it('asks at once after Enter, and only once', async () => {
    const { asked, search } = setUp();
    search.type('lip');
    search.now();
    search.now();
    await settle();
    expect(asked.map((one) => one.query)).toEqual(['lip']);
  });

  it('cancels the question before, whose late answer changes nothing', async () => {
    const { asked, search, ids } = setUp();
    search.type('lip');
    await settle();
    search.type('nail');
    expect(asked[0]?.signal.aborted).toBe(true);
    await settle();
    asked[1]?.answer({ products: [product('nail')], hasMore: false });
    asked[0]?.answer({ products: [product('lip')], hasMore: true });
    await settle();
    expect([ids(), search.query, search.hasMore, search.isBusy]).toEqual([['nail'], 'nail', false, false]);
  });

  it('asks nothing after it is stopped', async () => {
    const { asked, search } = setUp();
    search.type('lip');
    search.stop();
    await settle();
    expect(asked).toHaveLength(0);
    expect(search.isBusy).toBe(false);
  });
});

describe('more', () => {
  it('goes on where the list ends, each product once', async () => {
    const { asked, search, ids } = setUp();
    search.begin('', { products: numbered(0, 3), hasMore: true });
    void search.more();
    void search.more();
    expect(asked.map(({ query, offset }) => [query, offset])).toEqual([['', 3]]);
    asked[0]?.answer({ products: [product('p2'), product('p3')], hasMore: false });
    await settle();
    expect(ids()).toEqual(['p0', 'p1', 'p2', 'p3']);
    await search.more();
    expect(asked).toHaveLength(1);
  });

  it('ends at a bound', async () => {
    const { asked, search } = setUp();
    search.begin('', { products: numbered(0, FOUND_MAX), hasMore: true });
    expect(search.isFull).toBe(true);
    await search.more();
    expect(asked).toHaveLength(0);
  });
});

describe('a server that does not answer', () => {
  it('leaves the found products, and is asked again after a press', async () => {
    const { asked, search, ids } = setUp();
    search.begin('', { products: [product('old')], hasMore: false });
    search.type('lip');
    await settle();
    asked[0]?.fail();
    await settle();
    expect([search.hasFailed, search.isBusy, ids()]).toEqual([true, false, ['old']]);
    void search.retry();
    asked[1]?.answer({ products: [product('lip')], hasMore: false });
    await settle();
    expect([search.hasFailed, ids()]).toEqual([false, ['lip']]);
    expect(asked[1]?.query).toBe('lip');
  });

  it('is asked again for the page that failed', async () => {
    const { asked, search, ids } = setUp();
    search.begin('', { products: [product('a')], hasMore: true });
    void search.more();
    asked[0]?.fail();
    await settle();
    void search.retry();
    expect(asked[1]?.offset).toBe(1);
    asked[1]?.answer({ products: [product('b')], hasMore: false });
    await settle();
    expect(ids()).toEqual(['a', 'b']);
  });
});

describe('askServer', () => {
  it('asks for one more than it shows', async () => {
    const paths: string[] = [];
    const api = new Api({
      fetch: (input) => {
        paths.push(input as string);
        return Promise.resolve(Response.json(numbered(0, PAGE + 1)));
      },
    });
    const page = await askServer(api, 'maison')('lip & nail', 48, new AbortController().signal, 'c1');
    expect(paths).toEqual([`/api/v1/brands/maison/products?q=lip+%26+nail&limit=${PAGE + 1}&offset=48&category=c1`]);
    expect([page.products.length, page.hasMore]).toEqual([PAGE, true]);
  });
});

describe('a category', () => {
  it('is asked for at once, with the words that stand there, and for further pages', async () => {
    const { asked, search, ids } = setUp();
    search.type('lip');
    await settle();
    search.choose('care');
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(asked.map(({ query, category, offset }) => [query, category, offset])).toEqual([['lip', '', 0], ['lip', 'care', 0]]);
    asked[1]?.answer({ products: [product('a')], hasMore: true });
    await settle();
    const more = search.more();
    asked[2]?.answer({ products: [product('b')], hasMore: false });
    await more;
    expect([asked[2]?.category, asked[2]?.offset, ids()]).toEqual(['care', 1, ['a', 'b']]);
    search.choose('care');
    expect(asked).toHaveLength(3);
  });

  it('stands further in below another one', () => {
    expect(categoryLabel({ id: '1', name: 'Serums', depth: 1 })).toBe('\u2003Serums');
  });
});
