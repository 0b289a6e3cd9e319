/** The pieces of the checkout's form: the address by country, ways of sending, voucher, gift and company. */
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { AddressField, Checkout, ShippingChoice } from '../api/types.ts';
import { formatDays, formatMoney } from '../format/index.ts';
import { say } from './checkout-texts/index.ts';
import { icon } from '../ui/icon.ts';
import type { ViewerApp } from './app.ts';
import { addressRows, countriesOf } from './checkout-fields.ts';
import type { CheckoutFlow } from './checkout-flow.ts';
import { errorLine } from './shared-templates.ts';

export interface Field {
  name: string;
  label: string;
  autocomplete: string;
  inputmode?: string;
  type?: string;
  optional?: boolean;
  maxlength?: number;
  tidy?: (text: string) => string;
}

/** What the pieces need of the element that draws them. */
export interface Form {
  app: ViewerApp;
  flow: CheckoutFlow;
  field(field: Field): TemplateResult;
  error(name: string): string | undefined;
}

const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  line1: 'address-line1',
  line2: 'address-line2',
  postal_code: 'postal-code',
  city: 'address-level2',
  region: 'address-level1',
};

// --- the address

/** The fields of the country, as people there write them; a buyer who fetches the goods, or to whom nothing is sent, needs only the country, except for the invoice of a business. */
export function addressFields(form: Form): TemplateResult {
  const { checkout } = form.flow;
  const rows = addressRows(checkout, form.flow.shippingOption);
  return html`${country(form)}
  ${rows.map((row) =>
    row.length > 1
      ? html`<div class="sf-checkout__row">${row.map((one) => addressField(form, one))}</div>`
      : row.map((one) => addressField(form, one)),
  )}`;
}

function addressField(form: Form, { name, label, required, choices }: AddressField): TemplateResult {
  const words = name === 'line2' ? say('checkout.line2') : required ? label : say('checkout.optional', { label });
  if (choices.length > 0) return select(form, name, words, `shipping ${AUTOCOMPLETE[name]}`, choices);
  return form.field({ name, label: words, autocomplete: `shipping ${AUTOCOMPLETE[name]}`, optional: !required });
}

function select({ app, flow, error }: Form, name: string, label: string, autocomplete: string, choices: readonly (readonly string[])[]): TemplateResult {
  const chosen = flow.typed[name] ?? '';
  return html`<div class="sf-field">
    <label for=${app.id(name)}>${label}</label>
    <select
      id=${app.id(name)}
      class="sf-select"
      autocomplete=${autocomplete}
      data-testid="field-${name}"
      aria-invalid=${error(name) ? 'true' : 'false'}
      aria-describedby=${app.id(`error-${name}`)}
      @change=${(event: Event) => flow.detailTyped(name, (event.target as HTMLSelectElement).value)}
    >
      <option value="" .selected=${live(chosen === '')}>${say('checkout.choose')}</option>
      ${choices.map(([value = '', words]) => html`<option value=${value} .selected=${live(value === chosen)}>${words}</option>`)}
    </select>
    ${errorLine(app, `error-${name}`, error(name))}
  </div>`;
}

/** Sorting 250 names takes a moment, and the form is drawn every second. */
let sorted: { codes: readonly string[]; countries: { code: string; name: string }[] } = { codes: [], countries: [] };

function country({ app, flow, error }: Form): TemplateResult {
  const codes = flow.checkout?.countries ?? [];
  if (sorted.codes !== codes && sorted.codes.join() !== codes.join()) {
    sorted = { codes, countries: countriesOf(codes, document.documentElement.lang) };
  }
  const chosen = flow.typed['country'] ?? '';
  return html`<div class="sf-field">
    <label for=${app.id('country')}>${say('checkout.country')}</label>
    <select
      id=${app.id('country')}
      class="sf-select"
      autocomplete="shipping country"
      data-testid="field-country"
      aria-invalid=${error('country') ? 'true' : 'false'}
      aria-describedby=${app.id('error-country')}
      @change=${(event: Event) => void flow.chooseCountry((event.target as HTMLSelectElement).value)}
    >
      ${chosen ? nothing : html`<option value="" selected>${say('checkout.choose-country')}</option>`}
      ${sorted.countries.map(({ code, name }) => html`<option value=${code} .selected=${live(code === chosen)}>${name}</option>`)}
    </select>
    ${errorLine(app, 'error-country', error('country'))}
  </div>`;
}

/** A member's own addresses: one tap fills in the form. */
export function savedAddresses({ app, flow }: Form): TemplateResult | typeof nothing {
  const { book } = flow;
  if (book.addresses.length === 0 || !flow.needsShipping) return nothing;
  const chosen = book.chosen;
  return html`<fieldset class="sf-stack" data-testid="saved-addresses">
    <legend class="sf-field__label">${say('checkout.saved')}</legend>
    <div class="sf-choices">
      ${book.addresses.map(
        (one) =>
          html`<label class="sf-choice sf-choice--wide">
            <input
              type="radio"
              name=${app.id('saved')}
              value=${one.id}
              data-testid="saved-address"
              .checked=${live(one.id === book.chosenId)}
              @change=${() => void flow.useAddress(one)}
            />
            <span
              ><span
                >${one.name}${one.is_default ? html` · <b>${say('checkout.default')}</b>` : nothing}<br /><span class="sf-soft sf-small"
                  >${one.address.line1}, ${one.address.postal_code} ${one.address.city}</span
                ></span
              ></span
            >
          </label>`,
      )}
    </div>
    ${chosen
      ? html`<div class="sf-row sf-row--wrap">
          ${chosen.is_default
            ? nothing
            : html`<button type="button" class="sf-link sf-link--target" data-testid="address-default" @click=${() => void book.makeDefault(chosen.id)}>
                ${say('checkout.make-default')}
              </button>`}
          <button type="button" class="sf-link sf-link--target" data-testid="address-delete" @click=${() => void book.remove(chosen.id)}>
            ${say('checkout.delete-address')}
          </button>
        </div>`
      : nothing}
  </fieldset>`;
}

export function keepAddress({ flow }: Form): TemplateResult | typeof nothing {
  const { book, typed } = flow;
  if (!book.isOpen || !flow.needsShipping || !book.isNew(typed)) return nothing;
  return html`<label class="sf-check">
    <input
      type="checkbox"
      data-testid="address-keep"
      .checked=${live(book.isToBeKept)}
      @change=${(event: Event) => (book.isToBeKept = (event.target as HTMLInputElement).checked)}
    />
    <span>${book.chosenId ? say('checkout.change-saved') : say('checkout.keep-address')}</span>
  </label>`;
}

// --- the way of sending

export function shipping({ app, flow, error }: Form): TemplateResult | typeof nothing {
  const { checkout, isBusy, shippingOption } = flow;
  const options = checkout?.shipping_options ?? [];
  if (!checkout || options.length === 0) return errorLine(app, 'error-shipping', error('shipping_option'));
  return html`<fieldset class="sf-stack" aria-busy=${isBusy}>
    <legend class="sf-checkout__legend">${say('checkout.shipping')}</legend>
    <div class="sf-choices">
      ${options.map(
        (option) =>
          html`<label class="sf-choice sf-choice--wide">
            <input
              type="radio"
              name=${app.id('shipping')}
              value=${option.id}
              data-testid="shipping-option"
              .checked=${live(option.id === shippingOption)}
              @change=${() => void flow.chooseShipping(option.id)}
            />
            <span
              ><span>${option.name}${detail(whenThere(option))}${detail(option.pickup_address)}${detail(option.pickup_hours)}</span
              ><span class="sf-price">${option.price > 0 ? formatMoney(option.price, checkout.totals.currency) : say('checkout.free')}</span></span
            >
          </label>`,
      )}
    </div>
    ${errorLine(app, 'error-shipping', error('shipping_option'))}
  </fieldset>`;
}

/** When it is there: the days, or the brand's own words. */
export function whenThere({ kind, note, deliver_from, deliver_to }: ShippingChoice): string {
  if (!deliver_from || !deliver_to) return note;
  const days = formatDays(deliver_from, deliver_to);
  return say(kind === 'pickup' ? 'checkout.ready' : 'checkout.expected', { days });
}

function detail(text: string) {
  return text ? html`<br /><span class="sf-soft sf-small">${text}</span>` : nothing;
}

// --- voucher, gift and company

/** What became of the free gift: it is given, and can be refused; or it is sold out. */
function freeGift(form: Form): TemplateResult | typeof nothing {
  const { app, flow } = form;
  const gift = flow.checkout?.gift;
  if (!gift) return nothing;
  const { name, state } = gift;
  return html`<p class="sf-notice" role="status" data-testid="free-gift" data-state=${state}>
      ${icon(state === 'given' ? 'circle-check' : 'info')}<span>${say(`checkout.gift-${state as 'given' | 'sold-out' | 'refused'}`, { name })}</span>
      ${state === 'given'
        ? html`<button type="button" class="sf-link sf-link--target" data-testid="free-gift-refuse" @click=${() => void flow.refuseGift()}>
            ${say('checkout.gift-refuse')}
          </button>`
        : nothing}
    </p>
    ${errorLine(app, 'error-free-gift', form.error('gift'))}`;
}

/** Each opens when it is wanted, and stands open when it is used. */
export function wishes(form: Form): TemplateResult {
  return html`${freeGift(form)} ${voucher(form)} ${form.flow.needsShipping ? gift(form) : nothing} ${company(form)}`;
}

function wish({ flow }: Form, name: string, title: string, isUsed: boolean, content: TemplateResult): TemplateResult {
  const toggled = (event: Event) => {
    if ((event.target as HTMLDetailsElement).open) flow.opened.add(name);
    else flow.opened.delete(name);
  };
  return html`<details class="sf-checkout__wish" ?open=${isUsed || flow.opened.has(name)} @toggle=${toggled}>
    <summary data-testid="${name}-open">${title}</summary>
    ${content}
  </details>`;
}

function voucher(form: Form): TemplateResult {
  const { app, flow } = form;
  const code = flow.checkout?.voucher;
  if (code) {
    return html`<p class="sf-notice" data-testid="voucher-used">
      ${icon('circle-check')}<span>${say('checkout.voucher-used', { code })}</span>
      <button type="button" class="sf-link sf-link--target" data-testid="voucher-remove" @click=${() => void flow.enterVoucher('')}>
        ${say('checkout.remove')}
      </button>
    </p>
    ${errorLine(app, 'error-voucher-used', form.error('voucher'))}`;
  }
  return wish(form, 'voucher', say('checkout.voucher'), form.error('voucher') !== undefined, html`
    <div class="sf-checkout__apply">
      ${form.field({ name: 'voucher', label: say('checkout.voucher-code'), autocomplete: 'off', optional: true, maxlength: 100 })}
      <button type="button" class="sf-button" data-testid="voucher-apply" @click=${() => void flow.enterVoucher(flow.typed['voucher'] ?? '')}>
        ${say('checkout.apply')}
      </button>
    </div>`);
}

function gift(form: Form): TemplateResult {
  const { flow } = form;
  const { checkout } = flow;
  const price = checkout?.wrapping_price;
  return wish(form, 'gift', say('checkout.gift'), flow.isWrapped || Boolean(checkout?.gift_note), html`
    <div class="sf-stack">
      ${checkout && price !== null && price !== undefined
        ? html`<label class="sf-check">
            <input
              type="checkbox"
              data-testid="gift-wrapped"
              .checked=${live(flow.isWrapped)}
              @change=${(event: Event) => void flow.setWrapped((event.target as HTMLInputElement).checked)}
            />
            <span>${say('checkout.wrap', { price: price > 0 ? formatMoney(price, checkout.totals.currency) : say('checkout.free') })}</span>
          </label>`
        : nothing}
      ${form.field({ name: 'gift_note', label: say('checkout.gift-note'), autocomplete: 'off', optional: true, maxlength: 300 })}
    </div>`);
}

function company(form: Form): TemplateResult {
  const { flow } = form;
  const { checkout } = flow;
  return wish(form, 'vat', say('checkout.company'), Boolean(checkout?.vat_id) || form.error('vat_id') !== undefined, html`
    <div class="sf-checkout__apply">
      ${form.field({ name: 'vat_id', label: say('checkout.vat-id'), autocomplete: 'off', optional: true, maxlength: 20 })}
      <button type="button" class="sf-button" data-testid="vat-apply" @click=${() => void flow.enterVat(flow.typed['vat_id'] ?? '')}>
        ${say('checkout.check')}
      </button>
    </div>
    ${checkout?.vat_notice ? html`<p class="sf-notice" role="status">${icon('info')}<span>${checkout.vat_notice}</span></p>` : nothing}`);
}

/** Each reason for which it costs less, with what it takes off. */
export function reductions(checkout: Checkout | null): [string, number][] {
  const sums = new Map<string, number>();
  const ofLines = (checkout?.lines ?? []).flatMap((line) => line.adjustments ?? []);
  for (const { kind, label, amount } of [...ofLines, ...(checkout?.totals.shipping_adjustments ?? [])]) {
    const reason = kind === 'voucher' ? say('checkout.voucher-row', { code: label }) : label || say('checkout.discount');
    sums.set(reason, (sums.get(reason) ?? 0) + amount);
  }
  return [...sums];
}
