/** `<sf-checkout>`: address, shipping, payment and confirmation, beside the running picture. */
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Totals } from '../api/types.ts';
import { formatClock, formatMoney, formatOptions } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { say } from './checkout-texts/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { cardErrors, detailsErrors, detailsOf, isFetched, neededFields, tidyCardNumber, tidyExpiry } from './checkout-fields.ts';
import { CheckoutFlow } from './checkout-flow.ts';
import type { Step } from './checkout-steps.ts';
import { addressFields, keepAddress, reductions, savedAddresses, shipping, whenThere, wishes, type Field, type Form } from './checkout-form.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { gatewayOf } from './payment-gateway.ts';
import { returnPath } from './payment-return.ts';
import { stillText } from './selling-pause.ts';
import { errorLine, thumb } from './shared-templates.ts';
import { keepMethod, methodChoice, paidWith } from './wallet-form.ts';
import './sheets.css';

/** More pictures than this would be too small to be a pleasure. */
const BOUGHT_SHOWN_MAX = 3;

export class SfCheckout extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  readonly #keepTyped = () => void this.#flow.keepTyped();

  get #flow(): CheckoutFlow {
    const { app } = this;
    const back = (checkoutId: string) => returnPath(checkoutId, app.place, location);
    return app.checkoutBy((api, options) => new CheckoutFlow(api, { ...options, gateway: gatewayOf(app.data.payments, back) }));
  }

  constructor() {
    super();
    // A step takes the button away that led to it.
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('[data-step-start]'));
  }

  protected override appConnected(): void {
    const returned = this.app.returnedCheckout;
    this.app.returnedCheckout = null;
    if (returned === null) void this.#flow.begin();
    else void this.#flow.resume(returned, this.#payTexts());
    window.addEventListener('pagehide', this.#keepTyped);
    this.every(1000, () => this.#flow.tick());
  }

  protected override appDisconnected(): void {
    window.removeEventListener('pagehide', this.#keepTyped);
    this.#keepTyped();
  }

  override render() {
    const { step } = this.#flow;
    switch (step.name) {
      case 'preparing':
        return this.#skeleton();
      case 'details':
        return this.#details();
      case 'payment':
        return this.#payment();
      case 'done':
        return this.#done(step);
      case 'expired':
        return this.#message('clock', say('checkout.expired'), say('checkout.expired-text'), {
          text: say('checkout.again'),
          do: () => void this.#flow.begin(),
        });
      case 'taken':
        return this.#message('info', say('checkout.taken'), say('checkout.taken-text'), {
          text: say('checkout.again'),
          do: () => void this.#flow.begin(),
        });
      case 'elsewhere':
        return this.#message('circle-check', say('checkout.elsewhere'), say('checkout.elsewhere-text'), {
          text: say('order.back'),
          do: () => this.app.panels.closeAll(),
        });
      case 'short':
        return this.#message('package', say('checkout.sold-out'), this.#shortText(step), {
          text: say('checkout.back-to-cart'),
          do: () => this.#backToCart(),
        });
      case 'refused':
        return this.#message('circle-alert', say('checkout.failed'), step.text || t('error.network'), {
          text: t('try-again'),
          do: () => void this.#flow.begin(),
        });
    }
  }

  /** A new step begins at its top. */
  protected override updated(): void {
    const { name } = this.#flow.step;
    if (this.dataset['step'] !== name) this.querySelector('.sf-sheet__body')?.scrollTo(0, 0);
    this.dataset['step'] = name;
    const slot = this.querySelector<HTMLElement>('[data-payment-slot]');
    const { checkout, gateway } = this.#flow;
    if (slot && checkout) gateway?.mount(slot, checkout, () => this.#payNow());
  }

  // --- steps

  #details() {
    const { checkout, isBusy } = this.#flow;
    const form = this.#form();
    return html`<form class="sf-sheet__form" @submit=${(event: Event) => this.#saveDetails(event)} novalidate data-testid="details-form">
      <div class="sf-sheet__body sf-stack">
        ${this.#held()} ${this.#repriced()}
        <fieldset class="sf-stack">
          <legend class="sf-checkout__legend" tabindex="-1" data-step-start>${say('checkout.contact')}</legend>
          ${this.#field({ name: 'email', label: say('checkout.email'), autocomplete: 'email', type: 'email', inputmode: 'email' })}
          ${this.#field({ name: 'name', label: say('checkout.name'), autocomplete: 'shipping name' })}
          ${this.#flow.needsShipping ? nothing : addressFields(form)}
        </fieldset>
        ${this.#flow.needsShipping
          ? html`<fieldset class="sf-stack">
              <legend class="sf-checkout__legend">${say('checkout.address')}</legend>
              ${savedAddresses(form)} ${addressFields(form)} ${keepAddress(form)}
            </fieldset>`
          : nothing}
        ${shipping(form)} ${wishes(form)} ${this.#totals(checkout?.totals)}
        ${errorLine(this.app, 'checkout-error', this.#flow.errors[''])}
      </div>
      <div class="sf-sheet__foot">
        <button class="sf-button sf-button--primary sf-button--large sf-button--wide" data-testid="to-payment" aria-busy=${isBusy} aria-disabled=${isBusy}>
          ${isBusy ? say('checkout.saving') : say('checkout.continue')}
        </button>
      </div>
    </form>`;
  }

  #payment() {
    const { checkout, isBusy, wallet } = this.#flow;
    const totals = checkout?.totals;
    const isAgain = wallet.chosen !== null; // nothing is to be typed: what is bought comes first
    return html`<form class="sf-sheet__form" @submit=${(event: Event) => this.#pay(event)} novalidate data-testid="payment-form">
      <div class="sf-sheet__body sf-stack">
        ${this.#held()} ${this.#repriced()}
        ${totals && isAgain ? this.#lines(totals) : nothing}
        ${this.#recipient()}
        <fieldset class="sf-stack">
          <legend class="sf-checkout__legend" tabindex="-1" data-step-start>${say('checkout.payment')}</legend>
          ${this.#method()}
        </fieldset>
        ${totals && !isAgain ? this.#lines(totals) : nothing} ${this.#totals(totals)} ${this.#consent()}
      </div>
      <div class="sf-sheet__foot">
        ${errorLine(this.app, 'pay-error', this.#flow.errors[''])}
        ${this.#legal()}
        <button class="sf-button sf-button--primary sf-button--large sf-button--wide" data-testid="pay" aria-busy=${isBusy} aria-disabled=${isBusy}>
          ${icon('lock')}${isBusy ? say('checkout.paying') : say('checkout.pay', { total: totals ? formatMoney(totals.total, totals.currency) : '' })}
        </button>
      </div>
    </form>`;
  }

  /** The method that is kept and chosen, or the fields for another one. */
  #method() {
    const flow = this.#flow;
    const { wallet } = flow;
    const { chosen } = wallet;
    if (chosen && !wallet.isOpen) return paidWith(wallet, chosen);
    return html`${methodChoice(this.app, wallet, () => this.#methodChanged())}
    ${chosen ? nothing : html`${flow.gateway ? html`<div data-payment-slot></div>` : this.#testCard()} ${keepMethod(this.app, wallet)}`}`;
  }

  #methodChanged(): void {
    this.#flow.cardChanged();
    this.#flow.fail({});
  }

  #repriced() {
    const currency = this.#flow.checkout?.totals.currency ?? '';
    return this.#flow.repriced.map(
      ({ line, seen }) =>
        html`<p class="sf-notice" role="status" data-testid="repriced">
          ${icon('info')}<span
            >${say('checkout.repriced', {
              name: line.name,
              before: formatMoney(seen, currency),
              now: formatMoney(line.line_total, currency),
            })}</span
          >
        </p>`,
    );
  }

  /** Digital content begins at once with the buyer's consent alone (Directive 2011/83/EU Art. 16(m)); nothing is ticked for them. */
  #consent() {
    const { checkout, errors } = this.#flow;
    if (!checkout?.needs_consent) return nothing;
    const error = errors['begin_at_once'];
    return html`<div class="sf-field">
      <label class="sf-check">
        <input
          type="checkbox"
          data-testid="begin-at-once"
          aria-invalid=${error ? 'true' : 'false'}
          aria-describedby=${this.app.id('error-begin_at_once')}
          .checked=${live(checkout.consented)}
          @change=${(event: Event) => void this.#flow.setConsent((event.target as HTMLInputElement).checked)}
        />
        <span>${say('checkout.begin-at-once')}</span>
      </label>
      ${errorLine(this.app, 'error-begin_at_once', error)}
    </div>`;
  }

  /** The texts that the purchase is made under, right above the button that makes it: links within a sentence, so that they take two lines of a small phone. */
  #legal() {
    const legal = this.#flow.checkout?.legal ?? {};
    const link = (kind: 'terms' | 'withdrawal' | 'privacy') =>
      legal[kind]
        ? html`<a class="sf-link" href=${legal[kind]} target="_blank" rel="noreferrer" data-testid="legal-${kind}">${t(`legal.${kind}`)}</a>`
        : nothing;
    if (!legal['terms'] && !legal['withdrawal'] && !legal['privacy']) return nothing;
    return html`<p class="sf-small sf-soft sf-checkout__legal">
      ${legal['terms'] ? html`${say('checkout.agree')} ${link('terms')}` : nothing} ${legal['withdrawal'] ? html`· ${link('withdrawal')}` : nothing}
      ${legal['privacy'] ? html`· ${link('privacy')}` : nothing}
    </p>`;
  }

  #recipient() {
    const { checkout, needsShipping } = this.#flow;
    return html`<div class="sf-checkout__to">
          <div>
            <p class="sf-field__label">${needsShipping ? say('checkout.deliver-to') : say('checkout.contact')}</p>
            <p class="sf-small">
              ${checkout?.name}${needsShipping ? html`, ${this.#goesTo()}` : nothing}<br />${checkout?.email}
              ${this.#sentBy()}
            </p>
          </div>
          <button type="button" class="sf-link sf-link--target" data-testid="change-details" @click=${() => this.#flow.goTo('details')}>
            ${say('checkout.change')}
          </button>
        </div>`;
  }

  #goesTo() {
    const { checkout, shippingOption } = this.#flow;
    const address = checkout?.address;
    return isFetched(checkout, shippingOption) ? this.#pickup() : html`${address?.line1}, ${address?.postal_code} ${address?.city}`;
  }

  /** The chosen way of sending, and when it is there. */
  #sentBy() {
    const { checkout, shippingOption } = this.#flow;
    const option = checkout?.shipping_options.find(({ id }) => id === shippingOption);
    if (!option) return nothing;
    const when = whenThere(option);
    return html`<br /><span data-testid="sent-by">${when ? `${option.name} · ${when}` : option.name}</span>`;
  }

  #testCard() {
    return html`
      <p class="sf-notice">${icon('info')}<span>${say('checkout.test-note')}</span></p>
      ${this.#field({ name: 'number', label: say('checkout.card-number'), autocomplete: 'cc-number', inputmode: 'numeric', tidy: tidyCardNumber })}
      <div class="sf-checkout__pair">
        ${this.#field({ name: 'exp', label: say('checkout.card-exp'), autocomplete: 'cc-exp', inputmode: 'numeric', tidy: tidyExpiry })}
        ${this.#field({ name: 'cvc', label: say('checkout.card-cvc'), autocomplete: 'cc-csc', inputmode: 'numeric' })}
      </div>
    `;
  }

  /** One moment of delight: what was bought, when it comes, and the way back to the show. */
  #done({ order, email, totals, outcome }: Extract<Step, { name: 'done' }>) {
    const titles = { paid: say('order.thanks'), pending: say('order.pending'), failed: say('order.failed') };
    const texts = { paid: say('order.mail', { email }), pending: say('order.pending-text'), failed: say('order.failed-text') };
    const isBought = outcome !== 'failed';
    return html`
      <div class="sf-sheet__body sf-stack" tabindex="0" data-testid="confirmation" data-outcome=${outcome}>
        <div class="sf-confirmation" role="status">
          ${isBought ? this.#bought() : icon('circle-alert')}
          <h2 class="sf-display" tabindex="-1" data-step-start>${titles[outcome]}</h2>
          ${isBought ? this.#delivery() : nothing}
          <p class="sf-soft sf-small">${texts[outcome]}</p>
          ${order && isBought
            ? html`<a class="sf-link sf-link--target" href=${order.url} target="_blank" rel="noreferrer" data-testid="see-order"
                ><span><span data-testid="order-number">${say('order.number', { number: order.number })}</span> · ${say('order.see')}</span></a
              >`
            : nothing}
        </div>
        ${this.#lines(totals)} ${this.#totals(totals)}
      </div>
      <div class="sf-sheet__foot">
        <button class="sf-button sf-button--primary sf-button--large sf-button--wide" data-testid="back-to-show" @click=${() => this.app.backToShow()}>
          ${icon('play')}${isBought && this.app.view.state === 'live' ? say('order.keep-watching') : say('order.back')}
        </button>
      </div>
    `;
  }

  /** The pictures of what was bought, the first of them large. */
  #bought() {
    const pictures = (this.#flow.checkout?.lines ?? []).flatMap(({ image_url }) => image_url ?? []).slice(0, BOUGHT_SHOWN_MAX);
    return html`<div class="sf-bought" aria-hidden="true">
      ${pictures.map((url) => html`<img class="sf-bought__picture" src=${url} alt="" />`)}
      <span class="sf-bought__mark">${icon('check')}</span>
    </div>`;
  }

  /** The place at which the buyer fetches the goods. */
  #pickup(): string {
    const { checkout, shippingOption } = this.#flow;
    return checkout?.shipping_options.find(({ id }) => id === shippingOption)?.pickup_address ?? '';
  }

  #delivery() {
    const { checkout, shippingOption } = this.#flow;
    const option = checkout?.shipping_options.find(({ id }) => id === shippingOption);
    if (!option) return nothing;
    const when = whenThere(option);
    return html`<p class="sf-confirmation__delivery" data-testid="delivery">
      ${icon('truck')}<span>${when ? html`<b>${when}</b> · ${option.name}` : option.name}${option.pickup_address ? html`<br />${option.pickup_address}` : nothing}</span>
    </p>`;
  }

  #lines({ currency }: Totals) {
    const lines = this.#flow.checkout?.lines ?? [];
    return html`<ul class="sf-lines">
      ${lines.map(
        (line) =>
          html`<li class="sf-line">
            ${thumb(line.image_url)}
            <div class="sf-line__words">
              <p class="sf-line__name">${line.quantity} × ${line.name}</p>
              <p class="sf-soft sf-small">${formatOptions(line.options)}</p>
              ${line.withdrawal_note ? html`<p class="sf-soft sf-small" data-testid="withdrawal-note">${line.withdrawal_note}</p>` : nothing}
            </div>
            <p class="sf-price sf-line__price">${formatMoney(line.price * line.quantity, currency)}</p>
          </li>`,
      )}
    </ul>`;
  }

  // --- pieces

  #held() {
    return html`<p class="sf-notice sf-checkout__held" data-testid="hold-timer">
      ${icon('clock')}<span class="sf-figures">${stillText(this.#flow.checkout?.time_left_s ?? null) ?? say('checkout.held', { time: formatClock(this.#flow.secondsLeft) })}</span>
    </p>`;
  }

  #form(): Form {
    return { app: this.app, flow: this.#flow, field: (field) => this.#field(field), error: (name) => this.#error(name) };
  }

  #totals(totals: Totals | undefined): TemplateResult | typeof nothing {
    if (!totals) return nothing;
    const money = (amount: number) => formatMoney(amount, totals.currency);
    return html`<dl class="sf-totals" data-testid="totals" aria-busy=${this.#flow.isBusy}>
      <dt>${t('cart.subtotal')}</dt>
      <dd>${money(totals.subtotal)}</dd>
      ${reductions(this.#flow.checkout).map(([reason, amount]) => html`<dt>${reason}</dt><dd>${money(amount)}</dd>`)}
      ${this.#flow.needsShipping
        ? html`<dt>${say('checkout.shipping')}</dt>
            <dd data-testid="shipping">${this.#shippingText(totals)}</dd>`
        : nothing}
      <dt class="sf-totals__sum">${say('checkout.total')}<br /><span class="sf-soft sf-small">${this.#taxText(totals)}</span></dt>
      <dd class="sf-totals__sum" data-testid="total">${money(totals.total)}</dd>
    </dl>`;
  }

  #taxText({ taxes, tax_included, currency }: Totals): string {
    if (taxes?.[0]?.exemption) return say('checkout.tax-exempt');
    return say('checkout.tax-included', { tax: formatMoney(tax_included, currency) });
  }

  /** Nothing chosen is not free. */
  #shippingText({ shipping, currency }: Totals): string {
    if (shipping > 0) return formatMoney(shipping, currency);
    return this.#flow.shippingOption === null ? say('checkout.shipping-open') : say('checkout.free');
  }

  #field(field: Field) {
    const { typed } = this.#flow;
    const error = this.#error(field.name);
    return html`<div class="sf-field">
      <label for=${this.app.id(field.name)}>${field.label}</label>
      <input
        id=${this.app.id(field.name)}
        name=${field.name}
        class="sf-input"
        type=${field.type ?? 'text'}
        inputmode=${field.inputmode ?? 'text'}
        autocomplete=${field.autocomplete}
        maxlength=${field.maxlength ?? 254}
        ?required=${!field.optional}
        aria-invalid=${error ? 'true' : 'false'}
        aria-describedby=${this.app.id(`error-${field.name}`)}
        data-testid="field-${field.name}"
        .value=${typed[field.name] ?? ''}
        @input=${(event: Event) => this.#typed(field, event.target as HTMLInputElement)}
      />
      ${errorLine(this.app, `error-${field.name}`, error)}
    </div>`;
  }

  #typed(field: Field, input: HTMLInputElement): void {
    const checkout = this.#flow;
    const isAtEnd = input.selectionStart === input.value.length;
    if (field.tidy && isAtEnd) input.value = field.tidy(input.value);
    if (checkout.step.name === 'payment') {
      checkout.typed[field.name] = input.value;
      checkout.cardChanged();
    } else {
      checkout.detailTyped(field.name, input.value);
    }
    if (this.#error(field.name)) checkout.fail({});
  }

  /** The server names fields of the address with their path. */
  #error(name: string): string | undefined {
    const { errors } = this.#flow;
    return errors[name] ?? errors[`address.${name}`];
  }

  #message(iconName: string, title: string, text: string, action: { text: string; do: () => void }) {
    return html`<div class="sf-sheet__body">
      <div class="sf-empty" role="alert" data-testid="checkout-message">
        ${icon(iconName)}
        <h2 tabindex="-1" data-step-start>${title}</h2>
        <p>${text}</p>
        <button class="sf-button sf-button--primary" data-testid="checkout-message-action" @click=${action.do}>${action.text}</button>
      </div>
    </div>`;
  }

  #skeleton() {
    return html`<div class="sf-sheet__body sf-stack" role="status">
      <p class="sf-soft">${say('checkout.preparing')}</p>
      ${[1, 2, 3, 4].map(() => html`<div class="sf-skeleton sf-skeleton--field"></div>`)}
    </div>`;
  }

  #shortText({ sku, available }: Extract<Step, { name: 'short' }>): string {
    const name = this.app.shop.cart.items.find((item) => item.sku === sku)?.name ?? sku;
    return available > 0 ? say('checkout.sold-out-some', { name, count: available }) : say('checkout.sold-out-none', { name });
  }

  // --- the buyer's actions

  #backToCart(): void {
    void this.app.shop.reloadCart().catch(() => undefined);
    void this.app.shop.reloadProducts().catch(() => undefined);
    this.app.panels.replace({ kind: 'cart' });
  }

  #saveDetails(event: Event): void {
    event.preventDefault();
    const checkout = this.#flow;
    const errors = detailsErrors(checkout.typed, neededFields(checkout.checkout, checkout.shippingOption));
    if (Object.keys(errors).length > 0) {
      checkout.fail(errors);
      this.#focusFirstError();
      return;
    }
    void checkout.saveDetails(detailsOf(checkout.typed)).then(() => this.#focusFirstError());
  }

  #pay(event: Event): void {
    event.preventDefault();
    const checkout = this.#flow;
    if (checkout.isBusy) return;
    const errors = {
      ...(checkout.gateway || checkout.wallet.chosen ? {} : cardErrors(checkout.typed)),
      ...(checkout.checkout?.needs_consent && !checkout.checkout.consented ? { begin_at_once: say('checkout.begin-at-once-needed') } : {}),
    };
    if (Object.keys(errors).length > 0) {
      checkout.fail(errors);
      this.#focusFirstError();
      return;
    }
    this.#payNow();
  }

  #payNow(): void {
    const checkout = this.#flow;
    const { number = '', exp = '', cvc = '' } = checkout.typed;
    void checkout.pay({ number: number.replaceAll(' ', ''), exp, cvc }, this.#payTexts()).then(() => this.#focusFirstError());
  }

  #payTexts() {
    return { declined: say('checkout.declined'), unreachable: say('checkout.pay-failed') };
  }

  #focusFirstError(): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
}

export const elements = { 'sf-checkout': SfCheckout };
