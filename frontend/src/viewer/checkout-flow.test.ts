import { describe, expect, it } from 'vitest';
import { Api } from '../api/client.ts';
import { CheckoutFlow } from './checkout-flow.ts';
import { PaymentInputError, type PaymentGateway } from './payment-gateway.ts';
import { Wallet } from './wallet.ts';

const NOW_MS = Date.parse('2026-03-01T19:00:00.000Z');
const CHECKOUT = {
  id: 'c1',
  state: 'holding',
  expires_at: '2026-03-01T19:10:00.000Z',
  time_left_s: null,
  lines: [],
  countries: ['DE'],
  shipping_options: [{ id: 's1', name: 'Standard', price: 490 }],
  shipping_option: 's1',
  name: '',
  address: { line1: '', line2: '', postal_code: '', city: '', country: 'DE' },
  totals: { subtotal: 2450, shipping: 490, tax_included: 469, total: 2940, currency: 'EUR' },
  email: 'zoe@example.org',
};
const CARD = { number: '4242424242424242', exp: '04/29', cvc: '123' };
const TEXTS = { declined: 'declined', unreachable: 'unreachable' };

interface Call {
  path: string;
  method: string;
  key: string | null;
  body: unknown;
}
type Answer = { status: number; body: unknown } | 'lost';

/** A shop that answers each path from a list, the last answer again and again. */
function shop(
  answers: Record<string, Answer[]>,
  gateway: PaymentGateway | null = null,
  { role = 'guest', shown = null }: { role?: 'guest' | 'member'; shown?: number | null } = {},
) {
  const calls: Call[] = [];
  const kept: string[] = [];
  let nowMs = NOW_MS;
  const fetchIt: typeof fetch = (input, init) => {
    const [path, method] = [String(input).replace('/api/v1', ''), init?.method ?? 'GET'];
    calls.push({ path, method, key: new Headers(init?.headers).get('Idempotency-Key'), body: JSON.parse(String(init?.body ?? 'null')) });
    const list = answers[`${method} ${path}`] ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (!answer || answer === 'lost') return Promise.reject(new TypeError('network'));
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  };
  const api = new Api({
    fetch: fetchIt,
    now: () => nowMs,
    auth: { token: 't', expires_at: '2026-03-01T20:00:00.000Z', viewer: { id: 'g:me', name: '', role } },
  });
  const wallet = new Wallet(api, () => undefined);
  const flow = new CheckoutFlow(api, {
    onChange: () => undefined,
    onOrdered: () => Promise.resolve(),
    onKept: (lines) => kept.push(lines.map((line) => `${line.quantity} ${line.variant_id}`).join()),
    nowMs: () => nowMs,
    testpayPath: '/testpay/tokens',
    gateway,
    wallet,
    seenPrice: () => (shown === null ? null : { price: shown, currency: 'EUR' }),
  });
  return { flow, wallet, calls, kept, pass: (ms: number) => (nowMs += ms), keys: () => calls.filter((c) => c.path.endsWith('/pay')).map((c) => c.key) };
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

  it('is the same attempt as long as its outcome is unknown', async () => {
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

describe('a buyer who comes back from the bank', () => {
  it('is told of the order, also when news of it comes first', async () => {
    const { flow } = shop({
      'GET /checkouts/c1': [{ status: 200, body: CHECKOUT }, { status: 200, body: { ...CHECKOUT, state: 'completed' } }],
      'POST /checkouts/c1/payment': [paid],
    });
    const back = flow.resume('c1', TEXTS);
    while (flow.step.name !== 'payment') await Promise.resolve();
    await Promise.all([flow.look(), back]);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'paid' });
  });
});

describe('buying again', () => {
  it('of a ticket needs neither a way of sending nor a street, except for a business', async () => {
    const rows = [[{ name: 'line1', label: 'Street', required: true, choices: [] }]];
    const ticket = { ...CHECKOUT, name: 'Zoe', address_rows: rows, shipping_options: [], shipping_option: null };
    for (const [needsShipping, vat_id, step] of [[false, '', 'payment'], [true, '', 'details'], [false, 'NL1', 'details']] as const) {
      const { flow } = shop({ 'POST /checkouts': [{ status: 201, body: { ...ticket, needs_shipping: needsShipping, vat_id } }] });
      await flow.begin();
      expect([flow.needsShipping, flow.step.name]).toEqual([needsShipping, step]);
    }
  });

  const FILLED = {
    ...CHECKOUT,
    name: 'Zoe',
    address: { line1: 'Street 1', line2: '', postal_code: '10115', city: 'Berlin', region: '', country: 'DE' },
    address_rows: [[{ name: 'line1', label: 'Street', required: true, choices: [] }]],
    shipping_options: [{ id: 's1', name: 'Standard', price: 490, kind: 'delivery' }],
  };

  it('goes straight to the payment when everything is filled in', async () => {
    const { flow } = shop({ ...begun, 'POST /checkouts': [{ status: 201, body: FILLED }] });
    await flow.begin();
    expect(flow.step.name).toBe('payment');
  });

  it('begins with the form when the country needs a field more, or nothing is sent there', async () => {
    const more = { ...FILLED, address_rows: [[{ name: 'region', label: 'State', required: true, choices: [] }]] };
    for (const lacking of [more, { ...FILLED, shipping_option: null }]) {
      const { flow } = shop({ ...begun, 'POST /checkouts': [{ status: 201, body: lacking }] });
      await flow.begin();
      expect(flow.step.name).toBe('details');
    }
  });

  it('enters a voucher again that counted in the checkout before', async () => {
    const { flow, calls } = shop({ ...begun, 'PATCH /checkouts/c1': [{ status: 200, body: { ...CHECKOUT, voucher: 'TEN' } }], 'DELETE /checkouts/c1': [{ status: 200, body: {} }] });
    await flow.begin();
    await flow.enterVoucher('ten');
    await flow.release();
    await flow.begin();
    expect(calls.filter(({ method }) => method === 'PATCH').map(({ body }) => body)).toEqual([{ voucher: 'ten' }, { voucher: 'TEN' }]);
    expect(flow.checkout?.voucher).toBe('TEN');
  });
});

describe('the stock held for the buyer', () => {
  it('is held until its time is over', async () => {
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

  it('is told of as long as it lasts', async () => {
    const lines = [{ sku: 'LIP-1', variant_id: 'v1', name: 'Lipstick', options: {}, quantity: 2, price: 1, line_total: 2 }];
    const { flow, kept, pass } = shop({ ...begun, 'POST /checkouts': [{ status: 201, body: { ...CHECKOUT, lines } }], 'POST /checkouts/c1/pay': [paid] });
    await flow.begin();
    flow.goTo('payment');
    expect(kept).toEqual(['2 v1']);
    pass(600_000);
    flow.tick();
    expect(kept).toEqual(['2 v1', '']);
    await flow.begin();
    await flow.pay(CARD, TEXTS);
    expect(kept).toEqual(['2 v1', '', '2 v1', '']);
  });

  it.each([
    ['holding', 'details'],
    ['completed', 'elsewhere'],
    ['abandoned', 'taken'],
    ['expired', 'expired'],
  ])('is looked at again when another page was at it: %s', async (state, step) => {
    const { flow, kept } = shop({ ...begun, 'GET /checkouts/c1': [{ status: 200, body: { ...CHECKOUT, state } }] });
    await flow.begin();
    await flow.look();
    expect(flow.step.name).toBe(step);
    expect(kept.length).toBe(state === 'holding' ? 1 : 2);
  });

  it('is not asked for without an open checkout', async () => {
    const { flow, calls } = shop(begun);
    await flow.look();
    expect(calls).toEqual([]);
  });

  it('names the product of the cart that has sold out', async () => {
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

describe('the input of the buyer', () => {
  const filled = { ...CHECKOUT, name: 'Zoe', address: { ...CHECKOUT.address, line1: 'Hafen 1', postal_code: '20457', city: 'Hamburg' } };
  const wrong = (field: string) => ({ status: 422, body: { code: 'invalid', detail: 'No.', field } });
  const changes = (calls: Call[]) => calls.filter((call) => call.method === 'PATCH').map((call) => call.body);

  it('begins with the values of the server', async () => {
    const { flow } = shop({ 'POST /checkouts': [{ status: 201, body: filled }] });
    flow.detailTyped('name', 'Zoe B.'); // before the time ran out
    await flow.begin();
    expect(flow.typed).toMatchObject({ email: 'zoe@example.org', name: 'Zoe B.', line1: 'Hafen 1', city: 'Hamburg', country: 'DE' });
  });

  it('chooses shipping and country at the server, whose totals are shown', async () => {
    const express = { ...CHECKOUT, shipping_option: 's2', totals: { ...CHECKOUT.totals, shipping: 890, total: 3340 } };
    const abroad = { ...express, address: { ...CHECKOUT.address, country: 'AT' }, totals: { ...express.totals, total: 3940 } };
    const { flow, calls } = shop({ ...begun, 'PATCH /checkouts/c1': [{ status: 200, body: express }, wrong('address.country'), { status: 200, body: abroad }] });
    await flow.begin();
    expect(flow.checkout?.shipping_option).toBe('s1');
    const choosing = flow.chooseShipping('s2');
    expect([flow.shippingOption, flow.checkout?.totals.total, flow.isBusy]).toEqual(['s2', 2940, true]);
    await choosing;
    expect([flow.shippingOption, flow.checkout?.totals.total, flow.isBusy]).toEqual(['s2', 3340, false]);
    await flow.chooseCountry('XX');
    expect([flow.checkout?.totals.total, flow.typed['country']]).toEqual([3340, 'DE']);
    expect(flow.errors).toEqual({ 'address.country': 'No.' });
    await flow.chooseCountry('AT');
    expect([flow.checkout?.totals.total, flow.typed['country']]).toEqual([3940, 'AT']);
    expect(changes(calls)).toEqual([{ shipping_option: 's2' }, { address: { country: 'XX' } }, { address: { country: 'AT' } }]);
  });

  it('keeps a shipping option that was chosen while the country was on its way', async () => {
    const abroad = { ...CHECKOUT, address: { ...CHECKOUT.address, country: 'AT' } };
    const { flow } = shop({ ...begun, 'PATCH /checkouts/c1': [{ status: 200, body: abroad }, { status: 200, body: { ...abroad, shipping_option: 's2' } }] });
    await flow.begin();
    const moving = flow.chooseCountry('AT');
    const choosing = flow.chooseShipping('s2');
    await moving;
    expect(flow.shippingOption).toBe('s2');
    await choosing;
    expect(flow.shippingOption).toBe('s2');
  });

  it('is kept while it is typed, without values that the server refuses', async () => {
    const { flow, calls } = shop({ ...begun, 'PATCH /checkouts/c1': [wrong('email'), { status: 200, body: filled }] });
    await flow.begin();
    flow.detailTyped('email', 'zoe@');
    flow.detailTyped('line1', ' Hafen 1');
    await flow.keepTyped();
    expect(changes(calls)).toEqual([{ email: 'zoe@', address: { line1: 'Hafen 1' } }, { address: { line1: 'Hafen 1' } }]);
    expect([flow.step.name, flow.errors, flow.isBusy]).toEqual(['details', {}, false]);
    expect(flow.typed['email']).toBe('zoe@');
    await flow.keepTyped(); // nothing new
    expect(changes(calls).length).toBe(2);
    flow.detailTyped('email', 'zoe@example.net');
    await flow.keepTyped();
    expect(changes(calls).at(-1)).toEqual({ email: 'zoe@example.net' });
  });

  it('goes to the server one change after the other', async () => {
    const { flow, calls } = shop({ ...begun, 'PATCH /checkouts/c1': [{ status: 200, body: filled }] });
    await flow.begin();
    flow.detailTyped('line1', 'Hafen 1');
    await Promise.all([flow.keepTyped(), flow.chooseShipping('s1')]);
    expect(changes(calls)).toEqual([{ address: { line1: 'Hafen 1' } }, { shipping_option: 's1' }]);
  });
});

/** The provider's fields: `asks` says whether the bank lets the buyer through. */
function fields(log: string[], refusal: string | null = null): PaymentGateway {
  return {
    mount: () => undefined,
    token: () => Promise.resolve('ctoken_1'),
    goOn: (action) => {
      log.push(action);
      return refusal === null ? Promise.resolve() : Promise.reject(new PaymentInputError(refusal));
    },
    returnPath: (id) => `/shows/spring?checkout=${id}`,
  };
}

describe('paying with the fields of the provider', () => {
  const asked = { status: 200, body: { order: null, payment_state: 'requires_action', action: 'secret' } };

  it('sends the token and the way back, and asks for the outcome after the bank', async () => {
    const log: string[] = [];
    const { flow, calls } = shop({ ...begun, 'POST /checkouts/c1/pay': [asked], 'POST /checkouts/c1/payment': [paid] }, fields(log));
    await flow.begin();
    await flow.pay(CARD, TEXTS);
    expect(calls.find(({ path }) => path.endsWith('/pay'))?.body).toEqual({ payment_method: 'ctoken_1', return_path: '/shows/spring?checkout=c1' });
    expect(log).toEqual(['secret']);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'paid' });
  });

  it('says the words of the server when the bank was not confirmed', async () => {
    const refused = { status: 402, body: { detail: 'confirm at your bank', code: 'payment-declined' } };
    const { flow } = shop({ ...begun, 'POST /checkouts/c1/pay': [asked], 'POST /checkouts/c1/payment': [refused] }, fields([], 'closed'));
    await flow.begin();
    flow.goTo('payment');
    await flow.pay(CARD, TEXTS);
    expect([flow.step.name, flow.errors]).toEqual(['payment', { '': 'confirm at your bank' }]);
  });

  it('tells a buyer who comes back from the page of the bank how it went', async () => {
    const { flow } = shop({ 'GET /checkouts/c1': [{ status: 200, body: CHECKOUT }], 'POST /checkouts/c1/payment': [paid] }, fields([]));
    await flow.resume('c1', TEXTS);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'paid', order: { number: 'A-1' } });
  });
});

describe('a member who pays again', () => {
  const KEPT = { id: 'm1', brand: 'Visa', last4: '4242', expires: '12/30', is_expired: false };
  const OLD = { id: 'm0', brand: 'Visa', last4: '0002', expires: '01/20', is_expired: true };
  const kept = (...methods: object[]) => ({ ...begun, 'GET /payment-methods': [{ status: 200, body: { methods } }] });
  const member = { role: 'member' } as const;

  it('pays with the method that they keep, and no card is asked for', async () => {
    const { flow, wallet, calls } = shop({ ...kept(OLD, KEPT), 'POST /checkouts/c1/pay': [paid] }, null, member);
    await wallet.load();
    await flow.begin();
    await flow.pay({ number: '', exp: '', cvc: '' }, TEXTS);
    expect(flow.step).toMatchObject({ name: 'done', outcome: 'paid' });
    expect(calls.find(({ path }) => path.endsWith('/pay'))?.body).toEqual({ saved_method: 'm1' });
    expect(calls.some(({ path }) => path === '/testpay/tokens')).toBe(false);
  });

  it('sees their other ways after a decline, under a new key', async () => {
    const declined = { status: 402, body: { code: 'payment-declined', detail: 'declined' } };
    const { flow, wallet, keys } = shop({ ...kept(KEPT), 'POST /checkouts/c1/pay': [declined, paid] }, null, member);
    await wallet.load();
    await flow.begin();
    flow.goTo('payment');
    await flow.pay(CARD, TEXTS);
    expect(flow.errors).toEqual({ '': 'declined' });
    expect(wallet.isOpen).toBe(true);
    wallet.choose(null);
    await flow.pay(CARD, TEXTS);
    expect(flow.step.name).toBe('done');
    expect(new Set(keys()).size).toBe(2);
  });

  it('enters a card when the provider keeps theirs no longer', async () => {
    const gone = { status: 409, body: { code: 'method-gone', detail: 'gone' } };
    const { flow, wallet } = shop({ ...kept(KEPT), 'POST /checkouts/c1/pay': [gone] }, null, member);
    await wallet.load();
    await flow.begin();
    flow.goTo('payment');
    await flow.pay(CARD, TEXTS);
    expect([flow.step.name, flow.errors, wallet.methods]).toEqual(['payment', { '': 'gone' }, []]);
  });

  it('has a card kept only after they agreed', async () => {
    const { flow, wallet, calls } = shop({ ...kept(), 'POST /checkouts/c1/pay': [paid] }, null, member);
    await wallet.load();
    await flow.begin();
    expect(wallet.isToBeKept).toBe(false);
    wallet.isToBeKept = true;
    await flow.pay(CARD, TEXTS);
    expect(calls.find(({ path }) => path.endsWith('/pay'))?.body).toEqual({ payment_method: 'pm_1', keep_method: true });
    expect(wallet.isToBeKept).toBe(false);
    expect(calls.filter(({ path }) => path === '/payment-methods').length).toBe(2);
  });

  it('has no wallet as a guest', async () => {
    const { wallet, calls } = shop(begun);
    await wallet.load();
    expect(calls).toEqual([]);
  });
});

describe('a price that changed after the tap', () => {
  const LINE = { sku: 'CREAM', name: 'Cream', quantity: 2, price: 1500, line_total: 3000, variant_id: 'v1' };
  const answers = { ...begun, 'POST /checkouts': [{ status: 201, body: { ...CHECKOUT, lines: [LINE] } }] };

  it('is told with what was seen', async () => {
    const { flow } = shop(answers, null, { shown: 1400 });
    await flow.begin();
    expect(flow.repriced).toEqual([{ line: LINE, seen: 2800 }]);
  });

  it('is silent for a unit that is a gift', async () => {
    const line = { ...LINE, quantity: 3, adjustments: [{ kind: 'gift', source: 'g1', label: 'Free', amount: -1500 }] };
    const { flow } = shop({ ...begun, 'POST /checkouts': [{ status: 201, body: { ...CHECKOUT, lines: [line] } }] }, null, { shown: 1500 });
    await flow.begin();
    expect(flow.repriced).toEqual([]);
  });

  it('is silent for the price that was seen', async () => {
    const { flow } = shop(answers, null, { shown: 1500 });
    await flow.begin();
    expect(flow.repriced).toEqual([]);
  });
});
