import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../api/client.ts';
import type { Cart, Product } from '../api/types.ts';
import { isSamePause, SPREAD_MS, Shop } from './shop.ts';

const ITEM = {
  sku: 'LIP-1', variant_id: 'v1', product_id: 'p1', name: 'Lipstick', options: {}, image_url: null,
  quantity: 1, price: 3400, compare_at_price: null, lowest_price_30d: null, sale: null, line_total: 3400, available: 5,
}; // prettier-ignore
const CART: Cart = { version: 1, currency: 'EUR', market: '', unpriced: [], reserved: [], gift: null, bundles: [], items: [ITEM], subtotal: 3400, count: 1, held: {} };
type Answer = { status: number; body: unknown } | 'lost';

/** A shop whose server answers from a list. */
function shop(answers: Answer[], stock = new Map<string, number>()) {
  const keys: (string | null)[] = [];
  const fetchIt: typeof fetch = (_input, init) => {
    keys.push(new Headers(init?.headers).get('Idempotency-Key'));
    const answer = answers.shift() ?? 'lost';
    if (answer === 'lost') return Promise.reject(new TypeError('network'));
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  };
  const auth = { token: 't', expires_at: '2999-01-01T00:00:00Z', viewer: { id: 'g:me', name: '', role: 'guest' } };
  const start = { slug: 's', products: [] as Product[], cart: CART, stock: () => stock };
  return { shop: new Shop(new Api({ fetch: fetchIt, auth }), start, () => undefined), keys };
}

describe('one tap', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function tap(one: Shop) {
    const result = one.add('LIP-1', null);
    await vi.runAllTimersAsync();
    return result;
  }

  it('is sent again under the same key until its outcome is known', async () => {
    const { shop: one, keys } = shop(['lost', { status: 503, body: {} }, { status: 200, body: { ...CART, count: 2 } }]);
    expect(await tap(one)).toEqual({ outcome: 'added' });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(one.cart.count).toBe(2);
  });

  it('is another one the next time', async () => {
    const added = { status: 200, body: CART };
    const { shop: one, keys } = shop([added, added]);
    await tap(one);
    await tap(one);
    expect(new Set(keys).size).toBe(2);
  });

  it('is shown as of the last of two, whichever is answered first', async () => {
    const late = (resolve: (one: Response) => void, version: number) =>
      resolve(new Response(JSON.stringify({ ...CART, version, count: version })));
    const waiting: ((one: Response) => void)[] = [];
    const fetchIt: typeof fetch = () => new Promise((resolve) => waiting.push(resolve));
    const auth = { token: 't', expires_at: '2999-01-01T00:00:00Z', viewer: { id: 'g:me', name: '', role: 'guest' } };
    const start = { slug: 's', products: [] as Product[], cart: CART, stock: () => new Map<string, number>() };
    const one = new Shop(new Api({ fetch: fetchIt, auth }), start, () => undefined);
    const taps = [one.add('LIP-1', null), one.add('LIP-1', null)];
    await vi.advanceTimersByTimeAsync(0);
    late(waiting[1]!, 3);
    late(waiting[0]!, 2);
    await Promise.all(taps);
    expect(one.cart.count).toBe(3);
  });

  it('is given up after three attempts, and at once when it was refused', async () => {
    const { shop: one, keys } = shop(['lost', 'lost', 'lost', { status: 200, body: CART }]);
    expect(await tap(one)).toEqual({ outcome: 'failed', text: '' });
    expect(keys).toHaveLength(3);
    const refused = shop([{ status: 409, body: { code: 'cart-full', detail: 'The cart is full.' } }]);
    expect(await tap(refused.shop)).toEqual({ outcome: 'failed', text: 'The cart is full.' });
    expect(refused.keys).toHaveLength(1);
  });
});

describe('taps on the quantity', () => {
  /** A server's cart that another page changes, too. */
  function served(start: { version: number; quantity: number }) {
    const state = { ...start };
    const sent: unknown[] = [];
    let meanwhile: () => void = () => undefined;
    const view = () => ({ ...CART, version: state.version, count: state.quantity, items: [{ ...ITEM, quantity: state.quantity }] });
    const fetchIt: typeof fetch = async (_input, init) => {
      await Promise.resolve();
      if (init?.method !== 'PATCH') return new Response(JSON.stringify(view()));
      meanwhile();
      meanwhile = () => undefined;
      const body = JSON.parse(String(init.body)) as { quantity: number; version: number };
      sent.push(body);
      if (body.version !== state.version) return new Response(JSON.stringify({ code: 'cart-changed', detail: '' }), { status: 409 });
      Object.assign(state, { version: state.version + 1, quantity: body.quantity });
      return new Response(JSON.stringify(view()));
    };
    const auth = { token: 't', expires_at: '2999-01-01T00:00:00Z', viewer: { id: 'g:me', name: '', role: 'guest' } };
    const one = new Shop(new Api({ fetch: fetchIt, auth }), { slug: 's', products: [], cart: CART, stock: () => new Map() }, () => undefined);
    return { one, sent, state, elsewhere: (change: () => void) => (meanwhile = change) };
  }

  it('are each one unit, also while one is on its way', async () => {
    const { one, sent, state } = served({ version: 1, quantity: 1 });
    const taps = [one.step('LIP-1', 1), one.step('LIP-1', 1), one.step('LIP-1', 1)];
    expect(one.wanted(ITEM)).toBe(4);
    await Promise.all(taps);
    expect([state.quantity, one.cart.items[0]?.quantity, one.wanted({ sku: 'LIP-1', quantity: 4 })]).toEqual([4, 4, 4]);
    expect(sent.length).toBeLessThanOrEqual(2);
  });

  it('are made on the cart of now when another page has changed it', async () => {
    const { one, state, elsewhere } = served({ version: 1, quantity: 1 });
    elsewhere(() => Object.assign(state, { version: 2, quantity: 5 }));
    await one.step('LIP-1', 1);
    expect([state.quantity, one.cart.items[0]?.quantity]).toEqual([6, 6]);
  });
});

describe('the number that can be bought', () => {
  const line = { sku: 'LIP-1', variant_id: 'v1', name: 'Lipstick', options: {}, image_url: null, quantity: 3, price: 3400, adjustments: [], line_total: 10200, withdrawal_note: '' };

  it('is the free stock and the units of the viewer’s own checkout', () => {
    const { shop: one } = shop([], new Map([['v1', 2]])); // five, of which three are kept
    expect(one.available({ id: 'v1', available: 9 })).toBe(2);
    one.keep([line]);
    expect(one.available({ id: 'v1', available: 9 })).toBe(5);
    one.keep([]);
    expect(one.available({ id: 'v1', available: 9 })).toBe(2);
  });

  it('is the number of the cart as long as the timeline tells none', async () => {
    const { shop: one } = shop([{ status: 200, body: { ...CART, held: { v1: 3 } } }]);
    await one.reloadCart();
    expect(one.availableOf(ITEM)).toBe(5);
    expect(one.available({ id: 'v1', available: 2 })).toBe(5);
  });
});

describe('a product put into the rundown', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const listed = (id: string, variant: string) => ({ id, name: id, variants: [{ id: variant, available: 4 }] });

  it('is fetched when its stock is told, once for each variant', async () => {
    const stock = new Map([['v1', 2]]);
    const { shop: one, keys } = shop([{ status: 200, body: [listed('p1', 'v1')] }], stock);
    void one.lookForNew();
    void one.lookForNew(); // told again before the answer
    await vi.advanceTimersByTimeAsync(SPREAD_MS);
    expect([one.products.map((product) => product.id), keys.length]).toEqual([['p1'], 1]);

    stock.set('v1', 1); // known by now
    await one.lookForNew();
    expect(keys).toHaveLength(1);
  });

  it('is not asked for again when the list goes on without it', async () => {
    const { shop: one, keys } = shop([{ status: 200, body: [] }], new Map([['unpriced', 2]]));
    void one.lookForNew();
    await vi.advanceTimersByTimeAsync(SPREAD_MS);
    await one.lookForNew();
    expect(keys).toHaveLength(1);
  });
});

describe('what the viewer holds of a product', () => {
  const kept = (id: string, expiresAt: string) => ({ id, sku: id, product_id: 'p1', expires_at: expiresAt });

  it('is the reservation that ends first, or units of their own checkout', () => {
    const { shop: one } = shop([]);
    expect([one.keptOf('p1'), one.holds('p1')]).toEqual([null, false]);
    one.products = [{ id: 'p1', variants: [{ id: 'v0' }, { id: 'v1' }] }, { id: 'p2', variants: [{ id: 'v2' }] }] as unknown as Product[];
    const reserved = [kept('LATE', '2026-11-29T10:09:00Z'), kept('SOON', '2026-11-29T10:05:00Z')];
    one.cart = { ...CART, reserved, held: { v1: 2, v2: 0 } } as unknown as Cart;
    expect([one.keptOf('p1')?.sku, one.keptOf('p2'), one.holds('p1'), one.holds('p2')]).toEqual(['SOON', null, true, false]);
    expect(one.cart.reserved.map(({ id }) => id)).toEqual(['LATE', 'SOON']);
  });
});

it('a pause of the sale is another one by its words, its reason or its beginning, and not by its object', () => {
  const pause = { paused_at: '2026-11-29T10:00:00Z', reason: 'price', words: '' };
  expect([isSamePause(pause, { ...pause }), isSamePause(null, null), isSamePause(null, pause)]).toEqual([true, true, false]);
  for (const other of [{ reason: 'other' }, { words: 'Soon.' }, { paused_at: '2026-11-29T10:01:00Z' }]) expect(isSamePause(pause, { ...pause, ...other })).toBe(false);
});
