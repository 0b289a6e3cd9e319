import { describe, expect, it } from 'vitest';
import type { Api } from '../api/client.ts';
import type { Product, SavedMethod } from '../api/types.ts';
import { buyNow } from './buying.ts';
import type { ViewerApp } from './app.ts';
import { Shop } from './shop.ts';
import { Wallet } from './wallet.ts';

/** A server whose answers come when the test says so. */
function server() {
  const waiting: ((body: unknown) => void)[] = [];
  const request = () => new Promise((resolve) => waiting.push(resolve));
  const viewer = { id: 'm:mia', name: 'Mia', role: 'member' };
  return { api: { request, viewer } as unknown as Api, answer: (place: number, body: unknown) => waiting[place]?.(body) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const method = (id: string) => ({ id, is_expired: false }) as SavedMethod;
const product = (id: string) => ({ id, name: id, variants: [] }) as unknown as Product;

describe('a late answer', () => {
  it('about the products does not replace a newer one', async () => {
    const { api, answer } = server();
    const shop = new Shop(api, { slug: 's', products: [], cart: null, stock: () => new Map() }, () => undefined);
    const both = [shop.reloadProducts(), shop.reloadProducts()];
    answer(1, [product('new')]);
    answer(0, [product('old')]);
    await Promise.all(both);
    expect(shop.products.map(({ id }) => id)).toEqual(['new']);
  });

  it('about the methods replaces neither a newer one nor what the buyer has chosen', async () => {
    const { api, answer } = server();
    const wallet = new Wallet(api, () => undefined);
    const both = [wallet.load(), wallet.reload()];
    answer(1, { methods: [method('a'), method('b')] });
    await settled();
    answer(0, { methods: [method('old')] });
    await Promise.all(both);
    expect([wallet.usable.map(({ id }) => id), wallet.chosen?.id]).toEqual([['a', 'b'], 'a']);
    const again = wallet.reload();
    wallet.choose('b');
    answer(2, { methods: [method('a'), method('b')] });
    await again;
    expect(wallet.chosen?.id).toBe('b');
    const last = wallet.reload();
    wallet.choose(null); // another card, to be typed
    answer(3, { methods: [method('a')] });
    await last;
    expect(wallet.chosen).toBeNull();
  });

  it('opens the checkout over no other product', async () => {
    const { api, answer } = server();
    const shop = new Shop(api, { slug: 's', products: [], cart: null, stock: () => new Map() }, () => undefined);
    const opened: string[] = [];
    const app = { shop, showTimeS: null, openPanel: ({ kind }: { kind: string }) => opened.push(kind) } as unknown as ViewerApp;
    const told: string[] = [];
    const cart = { version: 1, currency: 'EUR', market: '', unpriced: [], reserved: [], gift: null, bundles: [], items: [], subtotal: 0, count: 1, held: {} };
    const seen = buyNow(app, product('first'), 'A', () => true, (one) => told.push(one.name));
    answer(0, cart);
    await seen;
    const left = buyNow(app, product('second'), 'B', () => false, (one) => told.push(one.name));
    answer(1, cart);
    await left;
    expect([opened, told]).toEqual([['checkout'], ['second']]);
  });
});
