/** The sales of a show while it runs: how many are in carts, kept and bought, by product and minute. */
import { html, nothing, svg } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Api } from '../api/client.ts';
import type { LiveSales, MinuteRow, ProductRow } from '../api/schema.ts';
import { formatCount, formatMoney } from '../format/index.ts';
import { useTimeZone, whenText } from '../format/when.ts';
import { currentLanguage } from '../i18n/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { renderNumber } from './middle-view.ts';
import { bars, joined, sums, type Bar } from './sales.ts';
import { t } from './texts.ts';

const POLL_MS = 2000;
/** The last minutes are asked for anew: a payment may settle late. */
const AGAIN_MS = 180_000;
const FEW_LEFT = 5;
const HEIGHT = 100;

export class SfLiveSales extends PageElement {
  static override properties = {
    slug: { type: String },
    timeZone: { type: String, attribute: 'time-zone' },
    over: { type: Boolean },
    sales: { state: true },
    chosen: { state: true },
    error: { state: true },
  };
  declare slug: string;
  declare timeZone: string | null;
  /** The show has ended: nothing moves any more. */
  declare over: boolean;
  declare sales: LiveSales | null;
  /** The product that the drawing is of; null: all. */
  declare chosen: string | null;
  declare error: string;
  readonly #staff = new Api();
  #minutes: readonly MinuteRow[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.slug = '';
    this.timeZone = null;
    this.over = false;
    this.sales = null;
    this.chosen = null;
    this.error = '';
  }

  override connectedCallback(): void {
    useTimeZone(this.timeZone);
    const text = this.querySelector('script[type="application/json"]')?.textContent;
    this.sales = text ? (JSON.parse(text) as LiveSales) : null;
    this.#minutes = this.sales?.minutes ?? [];
    super.connectedCallback();
    this.#again();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  #again(): void {
    if (this.over) return;
    this.#timer = setTimeout(() => void this.#poll().finally(() => (this.isConnected ? this.#again() : undefined)), POLL_MS);
  }

  async #poll(): Promise<void> {
    if (document.hidden) return;
    const since = this.sales ? new Date(Date.parse(this.sales.now) - AGAIN_MS).toISOString() : null;
    try {
      const query = since ? `?since=${encodeURIComponent(since)}` : '';
      const fresh = await this.#staff.request<LiveSales>(`/shows/${encodeURIComponent(this.slug)}/sales${query}`);
      this.#minutes = joined(this.#minutes, fresh.minutes, since);
      this.sales = fresh;
      this.error = '';
    } catch {
      this.error = t('sales.failed');
    }
  }

  override render() {
    const { sales } = this;
    if (!sales) return nothing;
    return html`${this.error ? html`<p class="sf-notice sf-notice--danger" role="alert">${icon('wifi-off')} <span>${this.error}</span></p>` : nothing}
      ${this.#renderNumbers(sales)} ${this.#renderMinutes(sales)}
      ${sales.products.length ? this.#renderProducts(sales) : html`<p class="sf-empty sf-panel">${t('rundown.empty')}</p>`}`;
  }

  #renderNumbers(sales: LiveSales) {
    const { carts, held, waiting } = sums(sales);
    return html`<dl class="sf-numbers sf-numbers--summary">
      ${renderNumber('sales-viewers', t('sales.viewers'), formatCount(sales.viewers))}
      ${renderNumber('sales-carts', t('sales.carts'), formatCount(sales.carts), carts ? t('sales.units', { count: carts }) : '')}
      ${renderNumber('sales-held', t('sales.held'), formatCount(held))}
      ${renderNumber('sales-waiting', t('sales.waiting'), formatCount(waiting))} ${renderNumber('sales-orders', t('sales.orders'), formatCount(sales.orders))}
      ${renderNumber('sales-revenue', t('sales.revenue'), formatMoney(sales.sales, sales.currency))}
    </dl>`;
  }

  /** The last hour, minute by minute. The newest minute is not over, so it is drawn lighter. */
  #renderMinutes(sales: LiveSales) {
    const drawn = bars(this.#minutes, Date.parse(sales.now), this.chosen);
    const name = sales.products.find(({ product_id: id }) => id === this.chosen)?.name;
    const best = drawn.reduce((top, bar) => (bar.amount > top.amount ? bar : top));
    return html`<section class="sf-panel sf-sales__minutes" aria-labelledby="sales-minutes">
      <div class="sf-row sf-row--spread sf-row--wrap">
        <h2 id="sales-minutes">${name ? t('sales.minutesOf', { name }) : t('sales.minutes')}</h2>
        ${name ? html`<button class="sf-button sf-button--small" @click=${() => (this.chosen = null)}>${t('sales.all')}</button>` : nothing}
      </div>
      ${best.amount ? this.#renderBars(drawn) : nothing}
      <p class="sf-small">${best.amount ? t('sales.best', { time: clock(best), units: best.units, amount: formatMoney(best.amount, sales.currency) }) : t('sales.none')}</p>
    </section>`;
  }

  #renderBars(drawn: readonly Bar[]) {
    const most = Math.max(1, ...drawn.map(({ amount }) => amount));
    return html`<svg class="sf-sales__chart" viewBox=${`0 0 ${drawn.length * 4} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        ${drawn.map((bar, index) => renderBar(bar, index, most, index === drawn.length - 1))}
      </svg>
      <p class="sf-row sf-row--spread sf-small sf-soft sf-figures" aria-hidden="true"><span>${clock(drawn[0])}</span><span>${clock(drawn.at(-1))}</span></p>`;
  }

  #renderProducts(sales: LiveSales) {
    return html`<div class="sf-sales__table" tabindex="0" role="region" aria-label=${t('sales.products')}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t('rundown.product')}</th>
            ${[t('sales.inCarts'), t('sales.held'), t('sales.waiting'), t('sales.bought'), t('sales.revenue'), t('sales.left')].map((words) => html`<th scope="col">${words}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${repeat(sales.products, ({ product_id: id }) => id, (row) => this.#renderProduct(row, sales.currency))}
        </tbody>
      </table>
    </div>`;
  }

  #renderProduct(row: ProductRow, currency: string) {
    const isChosen = this.chosen === row.product_id;
    return html`<tr data-testid=${`sales-of-${row.product_id}`} aria-current=${isChosen ? 'true' : nothing}>
      <th scope="row">
        <button class="sf-link" aria-pressed=${isChosen} @click=${() => (this.chosen = isChosen ? null : row.product_id)}>${row.name}</button>
      </th>
      ${[row.carts, row.held, row.waiting, row.units].map((count) => html`<td class="sf-figures">${formatCount(count)}</td>`)}
      <td class="sf-figures">${formatMoney(row.amount, currency)}</td>
      <td class="sf-figures">
        ${row.available <= 0
          ? html`<span class="sf-badge sf-badge--danger">${t('rundown.soldOut')}</span>`
          : row.available <= FEW_LEFT
            ? html`<span class="sf-badge sf-badge--warning">${formatCount(row.available)}</span>`
            : formatCount(row.available)}
      </td>
    </tr>`;
  }
}

function renderBar({ amount }: Bar, index: number, most: number, isOpen: boolean) {
  const height = (amount / most) * HEIGHT;
  return svg`<rect class=${isOpen ? 'sf-sales__bar sf-sales__bar--open' : 'sf-sales__bar'} x=${index * 4} y=${HEIGHT - height} width="3" height=${height} />`;
}

function clock(bar: Bar | undefined): string {
  return bar ? whenText(new Date(bar.atMs), currentLanguage(), 'clock') : '';
}

define('sf-live-sales', SfLiveSales);

declare global {
  interface HTMLElementTagNameMap {
    'sf-live-sales': SfLiveSales;
  }
}
