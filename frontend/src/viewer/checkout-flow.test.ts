import { describe, expect, it } from 'vitest';
import { Api } from '../api/client.ts';
import { CheckoutFlow } from './checkout-flow.ts';

const NOW_MS = Date.parse('2026-03-01T19:00:00.000Z');
const CHECKOUT = {
  id: 'c1',
  expires_at: '2026-03-01T19:10:00.000Z',
  lines: [],
  shipping_options: [],
  totals: { subtotal: 2450, shipping: 490, tax_included: 469, total: 2940, currency: 'EUR' },
  email: 'zoe@example.org',
};
const CARD = { number: '4242424242424242', exp: '04/29', cvc: '123' };
const TEXTS = { declined: 'declined', unreachable: 'unreachable' };

interface Call {
  path: string;
  method: string;
  key: string | null;
}
type Answer = { status: number; body: unknown } | 'lost';

/** A shop that answers each path from a list, the last answer again and again. */
function shop(answers: Record<string, Answer[]>) {
  const calls: Call[] = [];
  let nowMs = NOW_MS;
  const fetchIt: typeof fetch = (input, init) => {
    const [path, method] = [String(input).replace('/api/v1', ''), init?.method ?? 'GET'];
    calls.push({ path, method, key: new Headers(init?.headers).get('Idempotency-Key') });
    const list = answers[`${method} ${path}`] ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (!answer || answer === 'lost') return Promise.reject(new TypeError('network'));
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  };
  const api = new Api({
    fetch: fetchIt,
    now: () => nowMs,
    auth: { token: 't', expires_at: '2026-03-01T20:00:00.000Z', viewer: { id: 'g:me', name: null, role: 'guest' } },
  });
  const flow = new CheckoutFlow(api, {
    onChange: () => undefined,
    onOrdered: () => Promise.resolve(),
    nowMs: () => nowMs,
    testpayPath: '/testpay/tokens',
  });
  return { flow, calls, pass: (ms: number) => (nowMs += ms), keys: () => calls.filter((c) => c.path.endsWith('/pay')).map((c) => c.key) };
}

const begun = { 'POST /checkouts': [{ status: 201, body: CHECKOUT }], 'POST /testpay/tokens': [{ status: 200, body: { payment_method: 'pm_1' } }] };
const paid = { status: 200, body: { order: { number: 'A-1', state: 'confirmed', payment_state: 'captured' } } };

describe('paying', () => {
  it('ends with the order', async () => {
    const { flow } = shop({ ...begun, 'POST /checkouts/c1/pay': [paid] });
    await flow.begin();
    await flow.pay(CARD, TEXTS);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'paid', email: 'zoe@example.org', order: { number: 'A-1' } });
  });

  it('is the same attempt as long as nobody knows what became of it', async () => {
    const { flow, keys, calls } = shop({ ...begun, 'POST /checkouts/c1/pay': ['lost', { status: 503, body: {} }, paid] });
    await flow.begin();
    await flow.pay(CARD, TEXTS);
    expect(flow.errors).toEqual({ '': 'unreachable' });
    await flow.pay(CARD, TEXTS);
    await flow.pay(CARD, TEXTS);
    expect(new Set(keys()).size).toBe(1);
    expect(keys().length).toBe(3);
    expect(calls.filter((call) => call.path === '/testpay/tokens').length).toBe(1);
    expect(flow.step.name).toBe('done');
  });

  it('is a new attempt after a decline, with the reason at the card', async () => {
    const declined = { status: 402, body: { code: 'payment-declined', detail: 'Your card was declined.' } };
    const { flow, keys } = shop({ ...begun, 'POST /checkouts/c1/pay': [declined, paid] });
    await flow.begin();
    flow.goTo('payment');
    await flow.pay(CARD, TEXTS);
    expect(flow.step.name).toBe('payment');
    expect(flow.errors).toEqual({ number: 'Your card was declined.' });
    await flow.pay(CARD, TEXTS);
    expect(new Set(keys()).size).toBe(2);
  });

  it('says that a payment without an order is still open', async () => {
    const { flow } = shop({ ...begun, 'POST /checkouts/c1/pay': [{ status: 200, body: { payment_state: 'created', order: null } }] });
    await flow.begin();
    await flow.pay(CARD, TEXTS);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'pending', order: null });
  });
});

describe('what is kept for the buyer', () => {
  it('is kept until its time is over', async () => {
    const { flow, pass } = shop(begun);
    await flow.begin();
    expect(flow.secondsLeft).toBe(600);
    pass(599_000);
    flow.tick();
    expect(flow.step.name).toBe('details');
    pass(1_000);
    flow.tick();
    expect(flow.step.name).toBe('expired');
  });

  it('goes on when the sheet is opened again, without a second hold', async () => {
    const { flow, calls } = shop(begun);
    await flow.begin();
    await flow.begin();
    expect(calls.length).toBe(1);
  });

  it('names what has sold out in the cart', async () => {
    const { flow } = shop({ 'POST /checkouts': [{ status: 409, body: { code: 'sold-out', detail: 'Sold out.', field: 'LIP-1', available: 0 } }] });
    await flow.begin();
    expect(flow.step).toEqual({ name: 'short', sku: 'LIP-1', available: 0 });
  });

  it('is given back when the cart changes', async () => {
    const { flow, calls } = shop({ ...begun, 'DELETE /checkouts/c1': [{ status: 200, body: null }] });
    await flow.begin();
    await flow.release();
    expect(calls.map((call) => `${call.method} ${call.path}`)).toEqual(['POST /checkouts', 'DELETE /checkouts/c1']);
    expect(flow.checkout).toBeNull();
  });
});
