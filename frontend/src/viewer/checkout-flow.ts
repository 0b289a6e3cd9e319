/** The way from a cart to an order: its steps, the buyer's input, and the failures between them. No DOM. */
import type { CheckoutIn, PaymentView } from '../api/schema.ts';
import { ApiError, newKey, type Api } from '../api/client.ts';
import type { Address, Checkout, CheckoutLine, Order, OrderState, SavedAddress, SavedMethod, Variant } from '../api/types.ts';
import { AddressBook } from './address-book.ts';
import { outcomeOf, refusal, stepAfter, type Step } from './checkout-steps.ts';
import { detailsErrors, neededFields, type Details } from './checkout-fields.ts';
import { PaymentInputError, type PaymentGateway } from './payment-gateway.ts';
import type { Wallet } from './wallet.ts';

/** Time after the last key until the input is kept with the checkout, so that a reload loses nothing. */
const KEEP_AFTER_MS = 800;
const ORDER_POLL_MS = 2_000;
const ORDER_POLLS_MAX = 30;

/** One change of the checkout: the server looks only at the fields in it. */
type Change = Omit<CheckoutIn, 'address'> & { address?: Partial<Address> };

export interface Card {
  number: string;
  exp: string;
  cvc: string;
}

export interface FlowOptions {
  onChange: () => void;
  onOrdered: () => Promise<void>;
  /** The stock that the checkout holds for the buyer has changed. */
  onKept: (lines: readonly CheckoutLine[]) => void;
  nowMs: () => number;
  /** The variant at the price that the page shows. */
  seenPrice: (sku: string) => Pick<Variant, 'price' | 'currency'> | null;
  wallet: Wallet;
  /** The test provider's address, where it is not beside the API. */
  testpayPath: string | null;
  /** The provider's own fields, where the brand does not pay by the test provider. */
  gateway: PaymentGateway | null;
}

export class CheckoutFlow {
  readonly #api: Api;
  readonly #options: FlowOptions;
  /** One key for one attempt to pay: kept while its outcome is uncertain. */
  #payKey: string | null = null;
  #payMethod: string | null = null;
  /** Changes go one after the other: the last answer is the checkout as it stands. */
  #changes: Promise<unknown> = Promise.resolve();
  #isContinuing = false;
  #chosenShipping: string | null = null;
  #wantsWrapping: boolean | null = null;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #touched = new Set<string>();
  /** Values that the server refused, by field: a value is not sent again before it was changed. */
  readonly #unkept = new Map<string, string>();
  step: Step = { name: 'preparing' };
  checkout: Checkout | null = null;
  isBusy = false;
  /** Errors by the name of the field, as the server names it; '' is about the whole step. */
  errors: Record<string, string> = {};
  /** Kept while the page is open, so that a closed sheet or an expired hold costs no typing. */
  readonly typed: Record<string, string> = {};
  /** The wishes that the buyer has opened in the form. */
  readonly opened = new Set<string>();

  /** A code that counted: it is entered again into a checkout that takes this one's place. */
  #voucher = '';
  readonly book: AddressBook;
  /** Lines whose price is another than the page showed, with that one. */
  repriced: readonly { line: CheckoutLine; seen: number }[] = [];

  constructor(api: Api, options: FlowOptions) {
    this.#api = api;
    this.#options = options;
    this.book = new AddressBook(api, () => this.#addressesChanged());
  }

  /** The chosen way of sending; while its price is being asked for, it is not in the totals yet. */
  get shippingOption(): string | null {
    return this.#chosenShipping ?? this.checkout?.shipping_option ?? null;
  }

  /** False for a purchase of nothing but downloads and tickets. */
  get needsShipping(): boolean {
    return this.checkout?.needs_shipping ?? true;
  }

  /** Stock is held for the buyer. */
  get #keeps(): boolean {
    return this.step.name === 'details' || this.step.name === 'payment';
  }

  /** The buyer is told of an order by the sheet itself: it is being paid for, or was just placed. */
  get isTelling(): boolean {
    return (this.step.name === 'payment' && this.isBusy) || (this.step.name === 'done' && this.step.outcome !== 'failed');
  }

  get wallet(): Wallet {
    return this.#options.wallet;
  }

  get gateway(): PaymentGateway | null {
    return this.#options.gateway;
  }

  /** The goods are held, and can be paid for. */
  get isOpen(): boolean {
    return this.checkout !== null && this.#keeps && this.secondsLeft > 0;
  }

  get secondsLeft(): number {
    if (!this.checkout) return 0;
    if (this.checkout.time_left_s !== null) return this.checkout.time_left_s; // it stands still
    return Math.max(0, (Date.parse(this.checkout.expires_at) - this.#options.nowMs()) / 1000);
  }

  /** A checkout that is open and still held goes on; else a new one is begun, which holds the cart's items. */
  async begin(): Promise<void> {
    if (this.isOpen) return;
    this.#go({ name: 'preparing' });
    this.checkout = null;
    try {
      this.#adopt(await this.#api.request<Checkout>('/checkouts', { method: 'POST', body: {}, idempotencyKey: newKey() }));
      this.#compare();
      void this.book.load();
      void this.wallet.load();
      this.book.recognise(this.typed);
      this.#go({ name: this.#isReady ? 'payment' : 'details' });
      if (this.#voucher) await this.enterVoucher(this.#voucher);
    } catch (error) {
      this.#go(refusal(error));
    }
  }

  /** Nobody pays another price than they saw without a word. */
  #compare(): void {
    const currency = this.checkout?.totals.currency;
    const given = (line: CheckoutLine) => (line.adjustments ?? []).some(({ kind }) => kind === 'gift');
    this.repriced = (this.checkout?.lines ?? []).flatMap((line) => {
      const shown = this.#options.seenPrice(line.sku);
      const seen = (shown?.price ?? 0) * (line.quantity - (given(line) ? 1 : 0));
      const bundled = (line.adjustments ?? []).reduce((sum, { kind, amount }) => sum + (kind === 'bundle' ? amount : 0), 0);
      const isSame = shown === null || shown.currency !== currency || seen === line.line_total - bundled;
      return isSame ? [] : [{ line, seen }];
    });
  }

  /** The cart has changed: the held stock is not what would be bought. */
  async release(): Promise<void> {
    const { checkout } = this;
    if (!checkout || !this.#keeps) return;
    this.checkout = null;
    this.#go({ name: 'preparing' });
    await this.#api.request(`/checkouts/${checkout.id}`, { method: 'DELETE' }).catch(() => undefined); // it ends by itself
  }

  /** Another page may have paid, left or restarted the checkout that is open here. */
  async look(): Promise<void> {
    await this.#inTurn(async () => {
      const { checkout } = this;
      if (!checkout || !this.#keeps) return;
      const found = await this.#api.request<Checkout>(`/checkouts/${checkout.id}`).catch(() => null);
      if (found?.state === 'completed') this.#go({ name: 'elsewhere' });
      else if (found?.state === 'abandoned') this.#go({ name: 'taken' });
      else if (found?.state === 'expired') this.#go({ name: 'expired' });
      else if (found && this.checkout) {
        this.checkout = { ...this.checkout, expires_at: found.expires_at, time_left_s: found.time_left_s };
        this.#options.onChange();
      }
    });
  }

  /** Everything is filled in: buying again takes two taps. */
  get #isReady(): boolean {
    const { checkout, typed } = this;
    const needed = neededFields(checkout, this.shippingOption);
    const isSent = !this.needsShipping || checkout?.shipping_option !== null;
    return isSent && Object.keys(detailsErrors(typed, needed)).length === 0;
  }

  /** Called once a second while the sheet is open. */
  tick(): void {
    if (this.checkout && this.#keeps && !this.isBusy && this.secondsLeft <= 0) this.#go({ name: 'expired' });
    else this.#options.onChange();
  }

  goTo(name: 'details' | 'payment'): void {
    this.#go({ name });
  }

  /** The choice of shipping changes the totals, which the server counts. */
  async chooseShipping(id: string): Promise<void> {
    this.#chosenShipping = id;
    await this.#save({ shipping_option: id }, null);
  }

  /** The country changes the totals and the shipping options. */
  async chooseCountry(code: string): Promise<void> {
    this.typed['country'] = code;
    await this.#save({ address: { country: code } }, null);
  }

  /** Fill in an address that the member keeps. */
  async useAddress({ id, name, address }: SavedAddress): Promise<void> {
    this.book.chosenId = id;
    const { country, ...rest } = address;
    Object.assign(this.typed, { name, ...rest, country });
    for (const field of ['name', ...Object.keys(rest)]) this.#touched.delete(field);
    await this.#save({ name, address }, null);
  }

  /** A code that lowers the price; empty for none. */
  async enterVoucher(code: string): Promise<void> {
    await this.#save({ voucher: code }, null);
    this.#voucher = this.checkout?.voucher ?? '';
    if (this.#voucher) this.typed['voucher'] = '';
  }

  /** The buyer agrees that digital content begins at once, and that the right of withdrawal is lost by it. */
  async setConsent(begin_at_once: boolean): Promise<void> {
    await this.#save({ begin_at_once }, null);
  }

  /** The gift is to be wrapped; the server's answer has its price. */
  get isWrapped(): boolean {
    return this.#wantsWrapping ?? this.checkout?.wrapped ?? false;
  }

  async setWrapped(wrapped: boolean): Promise<void> {
    this.#wantsWrapping = wrapped;
    await this.#save({ wrapped }, null).finally(() => (this.#wantsWrapping = null));
    this.#options.onChange();
  }

  /** The buyer wants no free gift. */
  async refuseGift(): Promise<void> {
    await this.#save({ gift: false }, null);
    this.#options.onChange();
  }

  /** The VAT number of a business; empty for none. */
  async enterVat(number: string): Promise<void> {
    await this.#save({ vat_id: number }, null);
    if (!this.errors['vat_id']) this.typed['vat_id'] = this.checkout?.vat_id ?? '';
    this.#options.onChange();
  }

  #addressesChanged(): void {
    this.book.recognise(this.typed);
    this.#options.onChange();
  }

  async saveDetails(details: Details): Promise<void> {
    if (this.#isContinuing) return;
    this.#isContinuing = true;
    clearTimeout(this.#keepTimer);
    await this.#save(details, 'payment').finally(() => {
      this.#isContinuing = false;
    });
    if (this.step.name === 'payment') await this.book.keep(this.typed);
  }

  /** A field of the details was typed into. */
  detailTyped(name: string, value: string): void {
    this.typed[name] = value;
    this.#touched.add(name);
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => void this.keepTyped(), KEEP_AFTER_MS);
  }

  /** Keep the input since the last time with the checkout. Mistakes in it are told at *Continue*. */
  async keepTyped(): Promise<void> {
    clearTimeout(this.#keepTimer);
    await this.#inTurn(async () => {
      for (let attempt = 0; attempt < KEPT.length && this.step.name === 'details'; attempt += 1) {
        const change = this.#unsaved();
        if (!this.checkout || !change) return;
        try {
          const path = `/checkouts/${this.checkout.id}`;
          this.#adopt(await this.#api.request<Checkout>(path, { method: 'PATCH', body: change, outlivesPage: true }));
          return;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          const name = error.field?.replace('address.', '');
          if (error.status !== 422 || !name) return; // *Continue* tells the reason
          this.#unkept.set(name, this.typed[name] ?? '');
        }
      }
    });
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
    await this.#inTurn(() => this.#payNow(checkout, card, texts)).finally(() => {
      this.isBusy = false;
      this.#options.onChange();
    });
  }

  async #payNow(checkout: Checkout, card: Card, texts: { declined: string; unreachable: string }): Promise<void> {
    const { gateway } = this.#options;
    const saved = this.wallet.chosen;
    try {
      const how = saved ? { saved_method: saved.id } : await this.#entered(checkout, card);
      this.#payKey ??= newKey();
      const answer = await this.#api.request<PaymentView>(`/checkouts/${checkout.id}/pay`, {
        method: 'POST',
        body: { ...how, ...(gateway ? { return_path: gateway.returnPath(checkout.id) } : {}) },
        idempotencyKey: this.#payKey,
      });
      this.#forgetAttempt();
      if (answer.action && gateway) this.#ordered(await this.#goOn(gateway, answer.action, checkout), checkout);
      else this.#ordered(answer.order, checkout);
    } catch (error) {
      this.#payFailed(error, texts, saved);
    }
  }

  /** What the buyer entered, as a token of the provider, and whether the provider may keep it. */
  async #entered(checkout: Checkout, card: Card): Promise<object> {
    const { gateway } = this.#options;
    const keeps = this.wallet.isToBeKept;
    this.#payMethod ??= await (gateway ? gateway.token(checkout, keeps) : this.#tokenOf(card));
    return { payment_method: this.#payMethod, ...(keeps ? { keep_method: true } : {}) };
  }

  /** The server asks the provider afterwards, also about a buyer who gave up: that is a decline, in words. */
  async #goOn(gateway: PaymentGateway, action: string, checkout: Checkout): Promise<OrderState | null> {
    const gaveUp = await gateway.goOn(action).then(
      () => null,
      (error: unknown) => error,
    );
    const { order } = await this.#outcome(checkout);
    if (gaveUp !== null && order === null) throw gaveUp;
    return order;
  }

  #outcome({ id }: Checkout): Promise<PaymentView> {
    return this.#api.request<PaymentView>(`/checkouts/${id}/payment`, { method: 'POST', body: {} });
  }

  /** The buyer comes back from the bank's page. */
  async resume(checkoutId: string, texts: { declined: string; unreachable: string }): Promise<void> {
    // News of the order that comes meanwhile waits, or it would be told as paid in another window.
    await this.#inTurn(() => this.#resumeNow(checkoutId, texts));
    this.#options.onChange();
  }

  async #resumeNow(checkoutId: string, texts: { declined: string; unreachable: string }): Promise<void> {
    try {
      const checkout = await this.#api.request<Checkout>(`/checkouts/${checkoutId}`);
      this.#adopt(checkout);
      this.step = { name: 'payment' };
      void this.wallet.load();
      this.#ordered((await this.#outcome(checkout)).order, checkout);
    } catch (error) {
      if (this.checkout) this.#payFailed(error, texts);
      else this.#go(refusal(error));
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

  #payFailed(error: unknown, texts: { declined: string; unreachable: string }, saved: SavedMethod | null = null): void {
    if (error instanceof PaymentInputError) {
      this.#forgetAttempt();
      this.errors = { '': error.message };
      return;
    }
    if (!(error instanceof ApiError)) throw error;
    if (error.isUncertain) {
      this.errors = { '': texts.unreachable };
      return;
    }
    this.#forgetAttempt();
    if (saved) this.wallet.failed(saved.id, error);
    const field = saved || this.#options.gateway ? '' : 'number';
    const over = stepAfter(error);
    if (over) this.#go(over);
    else this.errors = { [error.status === 402 ? field : (error.field ?? '')]: error.problem.detail || texts.declined };
  }

  #ordered(order: OrderState | null, checkout: Checkout): void {
    const email = checkout.email ?? this.typed['email'] ?? '';
    for (const name of ['number', 'exp', 'cvc']) this.typed[name] = ''; // a card is typed for one payment
    this.#go({ name: 'done', order, email, totals: checkout.totals, outcome: outcomeOf(order) });
    this.wallet.settle();
    if (this.wallet.isToBeKept) void this.wallet.reload();
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

  async #save(body: Change, next: 'payment' | null): Promise<void> {
    this.isBusy = true;
    this.fail({});
    await this.#inTurn(async () => {
      if (!this.checkout) return;
      try {
        this.#adopt(await this.#api.request<Checkout>(`/checkouts/${this.checkout.id}`, { method: 'PATCH', body }));
        if (next) this.#go({ name: next });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404 || error.status === 410 || error.status === 409) this.#go({ name: 'expired' });
        else this.errors = { [error.field ?? '']: error.problem.detail };
        if (this.checkout) this.#adopt(this.checkout); // nothing has changed
      }
    }).finally(() => {
      this.isBusy = false;
      // A choice that was made while this change was on its way is not answered yet.
      if (body.shipping_option === this.#chosenShipping) this.#chosenShipping = null;
      this.#options.onChange();
    });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(change);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  /** Show the server's answer; input that was typed here stays. */
  #adopt(checkout: Checkout): void {
    this.checkout = checkout;
    for (const name of KEPT) if (!this.#touched.has(name)) this.typed[name] = valueOf(checkout, name);
    this.typed['country'] = checkout.address?.country ?? '';
  }

  /** The input that the checkout does not have yet; null for none. */
  #unsaved(): Change | null {
    const { checkout } = this;
    if (!checkout) return null;
    const changed = KEPT.filter((name) => {
      if (!this.#touched.has(name)) return false;
      const typed = this.typed[name]?.trim() ?? '';
      return typed !== valueOf(checkout, name) && this.#unkept.get(name) !== this.typed[name];
    });
    if (changed.length === 0) return null;
    const change: Change = {};
    for (const name of changed) {
      const value = this.typed[name]?.trim() ?? '';
      if (name === 'email' || name === 'name' || name === 'gift_note') change[name] = value;
      else change.address = { ...change.address, [name]: value };
    }
    return change;
  }

  #forgetAttempt(): void {
    this.#payKey = null;
    this.#payMethod = null;
  }

  #go(step: Step): void {
    const wasKept = this.#keeps;
    this.step = step;
    this.errors = {};
    if (this.#keeps !== wasKept) this.#options.onKept(this.#keeps ? (this.checkout?.lines ?? []) : []);
    this.#options.onChange();
  }
}

/** The fields that are kept as they are typed; the country is chosen, and then saved at once. */
const KEPT = ['email', 'name', 'line1', 'line2', 'postal_code', 'city', 'region', 'gift_note'] as const;

function valueOf(checkout: Checkout, name: (typeof KEPT)[number]): string {
  return (name === 'email' || name === 'name' || name === 'gift_note' ? checkout[name] : checkout.address?.[name]) ?? '';
}
