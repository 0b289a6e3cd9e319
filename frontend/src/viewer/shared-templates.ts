/** Small pieces that several elements draw. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Product, Variant } from '../api/types.ts';
import { formatMoney, formatOptions, formatUnit } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { ViewerApp } from './app.ts';

/** From this many on, the number left is worth saying. */
const FEW = 5;

type Priced = Pick<Variant, 'price' | 'compare_at_price' | 'lowest_price_30d' | 'currency'> & Partial<Pick<Variant, 'unit_price'>>;

/** The price, the one before it, and what the law wants beside them. */
export function price(variant: Priced): TemplateResult {
  const before = variant.compare_at_price;
  const isReduced = before !== null && before > variant.price;
  return html`<span class="sf-price ${isReduced ? 'sf-price--reduced' : ''}"
    >${formatMoney(variant.price, variant.currency)}${isReduced
      ? html`<s
          ><span class="sf-visually-hidden">${t('product.was', { price: '' })}</span>${formatMoney(before, variant.currency)}</s
        >`
      : nothing}</span
    >${priceNotes(variant)}`;
}

/** The lowest price of the 30 days before a reduction (Directive 98/6/EC, Art. 6a), and the unit price (Art. 3). */
export function priceNotes({ lowest_price_30d: lowest, unit_price: unit, currency }: Omit<Priced, 'price' | 'compare_at_price'>) {
  return html`${lowest === null
    ? nothing
    : html`<small class="sf-price__note" data-testid="lowest-price">${t('product.lowest', { price: formatMoney(lowest, currency) })}</small>`}${unit
    ? html`<small class="sf-price__note" data-testid="unit-price"
        >${t('product.unit-price', { price: formatMoney(unit.amount, currency), quantity: formatUnit(unit.quantity, unit.unit) })}</small
      >`
    : nothing}`;
}

export function priceRange(product: Product): TemplateResult {
  const [first] = [...product.variants].sort((a, b) => a.price - b.price);
  if (!first) return html``;
  const isRange = product.variants.some((variant) => variant.price !== first.price);
  return isRange
    ? html`<span class="sf-price">${t('product.from', { price: formatMoney(first.price, first.currency) })}</span>`
    : price(first);
}

/** True scarcity only: from the stock itself, said once. */
export function stockNote(available: number): TemplateResult | typeof nothing {
  if (available <= 0) return html`<span class="sf-badge sf-badge--danger" data-testid="sold-out">${t('product.sold-out')}</span>`;
  if (available > FEW) return nothing;
  return html`<span class="sf-badge sf-badge--warning" data-testid="only-left">${t('product.only-left', { count: available })}</span>`;
}

/** A product without a variant to buy: it was taken out of the shop, or has no price in this currency. */
export function notSoldNote(product: Product): TemplateResult {
  const words = product.on_sale ? t('product.not-sold') : t('product.no-longer-sold');
  return html`<span class="sf-soft sf-small" data-testid="not-sold">${words}</span>`;
}

/** The reason why a product cannot be bought, or the few that are left of it. */
export function availabilityNote(product: Product, available: (variant: Variant) => number): TemplateResult | typeof nothing {
  if (product.variants.length === 0) return notSoldNote(product);
  return stockNote(product.variants.reduce((sum, variant) => sum + Math.max(0, available(variant)), 0));
}

export function thumb(url: string | null | undefined, extraClass = ''): TemplateResult {
  return url
    ? html`<img class="sf-thumb ${extraClass}" src=${url} alt="" loading="lazy" />`
    : html`<span class="sf-thumb sf-thumb--none ${extraClass}">${icon('package')}</span>`;
}

/** A select of a product's variants, for the small card: native, so that it is good on every phone. */
export function variantSelect(
  product: Product,
  chosen: Variant,
  available: (variant: Variant) => number,
  onChoose: (sku: string) => void,
): TemplateResult | typeof nothing {
  if (product.variants.length < 2) return nothing;
  return html`<select
    class="sf-select sf-card__variant"
    aria-label=${product.option_names.join(', ') || t('product.variant')}
    data-testid="card-variant"
    @change=${(event: Event) => onChoose((event.target as HTMLSelectElement).value)}
  >
    ${product.variants.map(
      (variant) =>
        html`<option value=${variant.sku} ?selected=${variant.sku === chosen.sku} ?disabled=${available(variant) <= 0}>
          ${formatOptions(variant.options, product.option_names)}${available(variant) <= 0 ? ` · ${t('product.sold-out')}` : ''}
        </option>`,
    )}
  </select>`;
}

/** `name`: a field's `aria-describedby` refers to the line by `app.id(name)`. */
export function errorLine(app: ViewerApp, name: string, text: string | undefined): TemplateResult | typeof nothing {
  return text ? html`<p class="sf-error" id=${app.id(name)} role="alert" data-testid=${name}>${icon('circle-alert')}<span>${text}</span></p>` : nothing;
}

/** The form for illegal content, with the exact address of a part of this show, for example `question-01j…`. */
export function noticeUrl(app: ViewerApp, part: string): string {
  return `/report?at=${encodeURIComponent(`/shows/${app.data.slug}#${part}`)}`;
}

export function noticeLink(app: ViewerApp, part: string): TemplateResult {
  return html`<a class="sf-link sf-link--target sf-small" data-testid="report-illegal" href=${noticeUrl(app, part)} target="_blank">${t('report.illegal')}</a>`;
}
