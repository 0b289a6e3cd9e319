/** Ways to pay whose fields belong to the payment provider: Stripe's Payment Element. */
import type { Checkout } from '../api/types.ts';
import { say } from './checkout-texts/index.ts';

/** A mistake in what the buyer entered, or a form that cannot be had, in words. */
export class PaymentInputError extends Error {}

export interface PaymentGateway {
  /** Show the provider's fields in `slot`; again for another total. `onWallet`: the buyer has agreed in a wallet. */
  mount(slot: HTMLElement, checkout: Checkout, onWallet: () => void): void;
  /** A one-time token for what the buyer entered, which the provider is to keep or not; PaymentInputError. */
  token(checkout: Checkout, isToBeKept: boolean): Promise<string>;
  /** The buyer's bank asks back, in a dialog or on its own page, which leads back here; PaymentInputError. */
  goOn(action: string): Promise<void>;
  /** The path that the bank's page leads back to: this show, its moment, and the checkout. */
  returnPath(checkoutId: string): string;
}

/** The brand's provider, as the page tells it. */
export interface Payments {
  provider: string;
  publishable_key: string;
}

/** What we use of Stripe.js; https://docs.stripe.com/js. */
interface StripeElements {
  create(kind: 'payment' | 'expressCheckout', options: object): StripeElement;
  update(options: { amount?: number; setupFutureUsage?: 'on_session' | null }): void;
  submit(): Promise<{ error?: { message?: string } }>;
}
interface StripeElement {
  mount(slot: HTMLElement): void;
  on(event: 'confirm', listener: () => void): void;
}
interface StripeJs {
  elements(options: object): StripeElements;
  createConfirmationToken(options: object): Promise<{ error?: { message?: string }; confirmationToken?: { id: string } }>;
  handleNextAction(options: { clientSecret: string }): Promise<{ error?: { message?: string } }>;
}
type StripeFactory = (key: string, options: { locale: string }) => StripeJs;

declare global {
  interface Window {
    Stripe?: StripeFactory;
  }
}

/** Stripe allows no copy of it; the name is the API version's that the server speaks. */
const SCRIPT = 'https://js.stripe.com/endive/stripe.js';
/** Stripe takes these with two digits more than ISO 4217: https://docs.stripe.com/currencies#special-cases. */
const TWO_ZEROES = new Set(['ISK', 'UGX']);

export class StripeGateway implements PaymentGateway {
  readonly #key: string;
  #stripe: Promise<StripeJs> | null = null;
  #elements: StripeElements | null = null;
  #slot: HTMLElement | null = null;
  #amount = 0;

  /** The path that the bank's page leads back to: this show, its moment, and the checkout. */
  readonly returnPath: (checkoutId: string) => string;

  constructor(publishableKey: string, returnPath: (checkoutId: string) => string) {
    this.#key = publishableKey;
    this.returnPath = returnPath;
  }

  mount(slot: HTMLElement, { totals }: Checkout, onWallet: () => void): void {
    const amount = TWO_ZEROES.has(totals.currency) ? totals.total * 100 : totals.total;
    if (slot === this.#slot) {
      if (amount !== this.#amount) this.#elements?.update({ amount });
      this.#amount = amount;
      return;
    }
    this.#slot = slot;
    this.#amount = amount;
    this.#elements = null;
    void this.#load().then(
      (stripe) => {
        if (slot !== this.#slot) return;
        this.#elements = stripe.elements({ mode: 'payment', amount: this.#amount, currency: totals.currency.toLowerCase() });
        const [wallets, fields] = [document.createElement('div'), document.createElement('div')];
        slot.replaceChildren(wallets, fields);
        const express = this.#elements.create('expressCheckout', {});
        express.on('confirm', onWallet);
        express.mount(wallets);
        this.#elements.create('payment', { layout: 'tabs', wallets: { applePay: 'never', googlePay: 'never' } }).mount(fields);
      },
      () => {
        if (slot === this.#slot) slot.textContent = say('checkout.gateway-failed');
        this.#slot = null; // the next drawing tries again
      },
    );
  }

  async token(checkout: Checkout, isToBeKept: boolean): Promise<string> {
    const elements = this.#elements;
    if (!elements) throw new PaymentInputError(say('checkout.gateway-failed'));
    elements.update({ setupFutureUsage: isToBeKept ? 'on_session' : null }); // as the server's intent will say
    const entered = await elements.submit();
    if (entered.error) throw new PaymentInputError(entered.error.message ?? say('checkout.declined'));
    const { email, name } = checkout;
    const made = await (
      await this.#load()
    ).createConfirmationToken({
      elements,
      params: {
        payment_method_data: { billing_details: { name, email } },
        return_url: new URL(this.returnPath(checkout.id), location.href).href,
      },
    });
    if (!made.confirmationToken) throw new PaymentInputError(made.error?.message ?? say('checkout.declined'));
    return made.confirmationToken.id;
  }

  async goOn(action: string): Promise<void> {
    const { error } = await (await this.#load()).handleNextAction({ clientSecret: action });
    if (error) throw new PaymentInputError(error.message ?? say('checkout.declined'));
  }

  #load(): Promise<StripeJs> {
    this.#stripe ??= loadScript(SCRIPT).then(
      () => {
        if (!window.Stripe) throw new Error('Stripe.js is not there');
        return window.Stripe(this.#key, { locale: document.documentElement.lang || 'auto' });
      },
    );
    this.#stripe.catch(() => (this.#stripe = null));
    return this.#stripe;
  }
}

/** The fields of the brand's provider; null for the test provider, whose fields are ours. */
export function gatewayOf(payments: Payments | null | undefined, returnPath: (checkoutId: string) => string): PaymentGateway | null {
  return payments?.provider === 'stripe' ? new StripeGateway(payments.publishable_key, returnPath) : null;
}

function loadScript(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = src;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error(`${src} does not load`));
    };
    document.head.append(script);
  });
}
