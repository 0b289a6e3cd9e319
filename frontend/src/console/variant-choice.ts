/** The choice of several variants: a list of boxes by product, which a finger and a keyboard can work. */
import { html, nothing } from 'lit';
import { ref } from 'lit/directives/ref.js';
import type { Product } from '../api/types.ts';
import { formatMoney, formatOptions } from '../format/index.ts';
import { t } from './texts.ts';

const FILTERED_FROM = 8; // products

/** `name`: of the form's field, whose values are the ids of the chosen variants. */
export function renderVariantChoice(name: string, products: readonly Product[], chosen: ReadonlySet<string>) {
  return html`<fieldset class="sf-variants" data-testid="variant-choice" ${ref(requireOne)} @change=${requireOneOf}>
    <legend>${t('deals.goods')}</legend>
    ${products.length < FILTERED_FROM ? nothing : html`<input class="sf-input" type="search" aria-label=${t('rundown.filter')} placeholder=${t('rundown.filter')} @input=${filter} @keydown=${stayInForm} />`}
    <div class="sf-variants__list" tabindex="-1">${products.map((product) => renderProduct(name, product, chosen))}</div>
  </fieldset>`;
}

/** A deal is about something: the browser says so at the first box before anything is sent. */
function requireOne(fieldset: Element | undefined): void {
  if (fieldset) queueMicrotask(() => tellMissing(fieldset)); // its boxes are drawn after it
}

function requireOneOf({ currentTarget }: Event): void {
  tellMissing(currentTarget as Element);
}

function tellMissing(fieldset: Element): void {
  const boxes = [...fieldset.querySelectorAll<HTMLInputElement>('input[name]')];
  boxes[0]?.setCustomValidity(boxes.some(({ checked }) => checked) ? '' : t('deals.noGoods'));
}

/** A box that the filter hides could not tell what is wrong. */
function reveal({ target }: Event): void {
  const row = (target as HTMLElement).closest<HTMLElement>('[data-words]');
  if (row) row.hidden = false;
}

/** Enter in the filter filters; it does not send the form around it. */
function stayInForm(event: KeyboardEvent): void {
  if (event.key === 'Enter') event.preventDefault();
}

function renderProduct(name: string, { name: words, variants }: Product, chosen: ReadonlySet<string>) {
  const [first] = variants;
  if (!first) return nothing;
  const box = (id: string, label: string, price: string) => html`<label class="sf-check sf-variants__row">
    <input type="checkbox" name=${name} value=${id} ?checked=${chosen.has(id)} data-testid=${`variant-${id}`} @change=${followParts} @invalid=${reveal} />
    <span class="sf-variants__words" dir="auto">${label}</span> <span class="sf-figures sf-soft">${price}</span>
  </label>`;
  const priced = ({ price, currency }: (typeof variants)[number]) => formatMoney(price, currency);
  if (variants.length === 1) return html`<div data-words=${words}>${box(first.id, words, priced(first))}</div>`;
  const count = variants.filter(({ id }) => chosen.has(id)).length;
  return html`<div data-words=${words}>
    <label class="sf-check sf-variants__row"><input type="checkbox" data-all .checked=${count === variants.length} .indeterminate=${count > 0 && count < variants.length} @change=${choosePart} /> <span class="sf-variants__words" dir="auto">${words}</span></label>
    <div class="sf-variants__of">${variants.map((one) => box(one.id, formatOptions(one.options), priced(one)))}</div>
  </div>`;
}

/** All variants of a product, by the product's own box. */
function choosePart(event: Event): void {
  const all = event.target as HTMLInputElement;
  for (const box of boxesBeside(all)) box.checked = all.checked;
}

function followParts(event: Event): void {
  const all = (event.target as HTMLElement).closest('[data-words]')?.querySelector<HTMLInputElement>('[data-all]');
  if (!all) return;
  const boxes = boxesBeside(all);
  const count = boxes.filter(({ checked }) => checked).length;
  all.checked = count === boxes.length;
  all.indeterminate = count > 0 && !all.checked;
}

function boxesBeside(all: HTMLElement): HTMLInputElement[] {
  return [...(all.closest('[data-words]')?.querySelectorAll<HTMLInputElement>('.sf-variants__of input') ?? [])];
}

/** What is chosen stays in sight, so that nothing is in a deal unseen. */
function filter(event: Event): void {
  const field = event.target as HTMLInputElement;
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const row of field.closest('fieldset')?.querySelectorAll<HTMLElement>('[data-words]') ?? []) {
    const isChosen = row.querySelector('input:checked') !== null;
    row.hidden = !isChosen && !(row.dataset.words ?? '').toLocaleLowerCase().includes(wanted);
  }
}
