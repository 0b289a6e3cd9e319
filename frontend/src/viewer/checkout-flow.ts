/** From a cart to an order: the steps, what the buyer has typed, and what can go wrong between them. No DOM. */
import { ApiError, newKey, type Api } from '../api/client.ts';
import type { Address, Checkout, Order, OrderState, Totals } from '../api/types.ts';

const ORDER_POLL_MS = 2_000;
const ORDER_POLLS_MAX = 30;
const SETTLED = new Set(['captured', 'authorized']);
const FAILED = new Set(['failed', 'voided']);

export type Step =
  | { name: 'preparing' }
  | { name: 'details' }
  | { name: 'payment' }
  | { name: 'done'; order: OrderState | null; email: string; totals: Totals; outcome: 'paid' | 'pending' | 'failed' }
  | { name: 'expired' }
  | { name: 'short'; sku: string; available: number }
  | { name: 'refused'; text: string };

export interface Details {
  email: string;
  name: string;
  address: Address;
  shipping_option: string | null;
}

export interface Card {
  number: string;
  exp: string;
  cvc: string;
}

export interface FlowOptions {
  onChange: () => void;
  onOrdered: () => Promise<void>;
  nowMs: () => number;
  /** The test provider's address, where it is not beside the API. */
  testpayPath: string | null;
}

export class CheckoutFlow {
  readonly #api: Api;
  readonly #options: FlowOptions;
  /** One key for one attempt to pay: kept while its outcome is uncertain. */
  #payKey: string | null = null;
  #payMethod: string | null = null;
  step: Step = { name: 'preparing' };
  checkout: Checkout | null = null;
  isBusy = false;
  /** Errors by the name of the field, as the server names it; '' is about the whole step. */
  errors: Record<string, string> = {};
  /** Kept while the page is open, so that a closed sheet or an expired hold costs no typing. */
  readonly typed: Record<string, string> = {};

  constructor(api: Api, options: FlowOptions) {
    this.#api = api;
    this.#options = options;
  }

  get secondsLeft(): number {
    if (!this.checkout) return 0;
    return Math.max(0, (Date.parse(this.checkout.expires_at) - this.#options.nowMs()) / 1000);
  }

  /** A checkout that is open and still held goes on; else a new one is begun, which holds the cart's items. */
  async begin(): Promise<void> {
    const isOpen = this.step.name === 'details' || this.step.name === 'payment';
    if (this.checkout && isOpen && this.secondsLeft > 0) return;
    this.#go({ name: 'preparing' });
    this.checkout = null;
    try {
      this.checkout = await this.#api.request<Checkout>('/checkouts', { method: 'POST', body: {}, idempotencyKey: newKey() });
      this.#go({ name: 'details' });
    } catch (error) {
      this.#go(refusal(error));
    }
  }

  /** The cart changed: what is held is not what would be bought. */
  async release(): Promise<void> {
    const { checkout } = this;
    if (!checkout || this.step.name === 'done') return;
    this.checkout = null;
    this.#go({ name: 'preparing' });
    await this.#api.request(`/checkouts/${checkout.id}`, { method: 'DELETE' }).catch(() => undefined); // it ends by itself
  }

  /** Called once a second while the sheet is open. */
  tick(): void {
    const isHeld = this.step.name === 'details' || this.step.name === 'payment';
    if (this.checkout && isHeld && !this.isBusy && this.secondsLeft <= 0) this.#go({ name: 'expired' });
    else this.#options.onChange();
  }

  goTo(name: 'details' | 'payment'): void {
    this.#go({ name });
  }

  /** The choice of shipping changes the totals at once. */
  async chooseShipping(id: string): Promise<void> {
    this.typed['shipping_option'] = id;
    await this.#save({ shipping_option: id }, null);
  }

  async saveDetails(details: Details): Promise<void> {
    await this.#save(details, 'payment');
  }

  fail(errors: Record<string, string>): void {
    this.errors = errors;
    this.#options.onChange();
  }

  async pay(card: Card, texts: { declined: string; unreachable: string }): Promise<void> {
    const { checkout } = this;
    if (!checkout || this.isBusy) return;
    this.isBusy = true;
    this.fail({});
    try {
      const method = this.#payMethod ?? (await this.#tokenOf(card));
      this.#payMethod = method;
      this.#payKey ??= newKey();
      const { order } = await this.#api.request<{ order: OrderState | null }>(`/checkouts/${checkout.id}/pay`, {
        method: 'POST',
        body: { payment_method: method },
        idempotencyKey: this.#payKey,
      });
      this.#forgetAttempt();
      this.#ordered(order, checkout);
    } catch (error) {
      this.#payFailed(error, texts);
    } finally {
      this.isBusy = false;
      this.#options.onChange();
    }
  }

  /** The next attempt is a new one: the card was changed. */
  cardChanged(): void {
    this.#forgetAttempt();
  }

  async #tokenOf(card: Card): Promise<string> {
    const outside = this.#options.testpayPath;
    const token = await this.#api.request<{ payment_method: string }>(outside ?? '/testpay/tokens', {
      method: 'POST',
      body: card,
      isOutsideApi: outside !== null,
    });
    return token.payment_method;
  }

  #payFailed(error: unknown, texts: { declined: string; unreachable: string }): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.isUncertain) {
      this.errors = { '': texts.unreachable };
      return;
    }
    this.#forgetAttempt();
    if (error.status === 402) this.errors = { number: error.problem.detail || texts.declined };
    else if (error.problem.available !== undefined) this.#go(refusal(error));
    else if (error.status === 404 || error.status === 410 || error.code.includes('expired')) this.#go({ name: 'expired' });
    else this.errors = { [error.field ?? '']: error.problem.detail };
  }

  #ordered(order: OrderState | null, checkout: Checkout): void {
    const email = checkout.email ?? this.typed['email'] ?? '';
    for (const name of ['number', 'exp', 'cvc']) this.typed[name] = ''; // a card is typed for one payment
    this.#go({ name: 'done', order, email, totals: checkout.totals, outcome: outcomeOf(order) });
    void this.#options.onOrdered().catch(() => undefined);
    if (order) void this.#follow(order.number);
  }

  /** A capture may arrive later, by the provider's webhook. */
  async #follow(number: string): Promise<void> {
    for (let poll = 0; poll < ORDER_POLLS_MAX; poll += 1) {
      if (this.step.name !== 'done' || this.step.outcome !== 'pending') return;
      await new Promise((resolve) => setTimeout(resolve, ORDER_POLL_MS));
      const order = await this.#api.request<Order>(`/orders/${number}`).catch(() => null);
      if (order && this.step.name === 'done') this.#go({ ...this.step, order, outcome: outcomeOf(order) });
    }
  }

  async #save(body: Partial<Details>, next: 'payment' | null): Promise<void> {
    const { checkout } = this;
    if (!checkout) return;
    this.isBusy = true;
    this.fail({});
    try {
      this.checkout = await this.#api.request<Checkout>(`/checkouts/${checkout.id}`, { method: 'PATCH', body });
      if (next) this.#go({ name: next });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404 || error.status === 410 || error.status === 409) this.#go({ name: 'expired' });
      else this.errors = { [error.field ?? '']: error.problem.detail };
    } finally {
      this.isBusy = false;
      this.#options.onChange();
    }
  }

  #forgetAttempt(): void {
    this.#payKey = null;
    this.#payMethod = null;
  }

  #go(step: Step): void {
    this.step = step;
    this.errors = {};
    this.#options.onChange();
  }
}

/** No order yet: the provider has not even authorised, and will tell by mail what became of it. */
function outcomeOf(order: OrderState | null): 'paid' | 'pending' | 'failed' {
  if (!order) return 'pending';
  if (SETTLED.has(order.payment_state)) return 'paid';
  return FAILED.has(order.payment_state) || order.state === 'cancelled' ? 'failed' : 'pending';
}

function refusal(error: unknown): Step {
  if (!(error instanceof ApiError)) throw error;
  const { available, field, detail } = error.problem;
  return available === undefined ? { name: 'refused', text: detail } : { name: 'short', sku: field ?? '', available };
}
