import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatMoney } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import type { CategoryChoice } from '../api/schema.ts';
import { ProductSearch, categoryLabel, type FoundProduct } from './product-search.ts';
import type { Session } from './session.ts';
import { addPlace } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t } from './texts.ts';

/** The search that puts products into the rundown of a show, also while it is live. Each press adds one. */
export class SfConsoleAddProducts extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    categories: { state: true },
  };
  declare session: Session;
  declare version: number;
  declare categories: readonly CategoryChoice[];
  #search: ProductSearch | null = null;

  constructor() {
    super();
    this.categories = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.session.categories().then((found) => (this.categories = found));
    this.#search = new ProductSearch(this.session.findProducts(), () => this.requestUpdate());
    void this.#search.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#search?.stop();
  }

  override render() {
    const search = this.#search;
    if (!search) return nothing;
    return html`<label class="sf-field">
        <span class="sf-field__label">${t('add.search')}</span>
        <input
          class="sf-input"
          type="search"
          autofocus
          autocomplete="off"
          data-testid="add-search"
          @input=${(event: InputEvent) => search.type((event.target as HTMLInputElement).value)}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            search.now();
          }}
        />
      </label>
      ${this.#renderCategories(search)}
      <ul class="sf-add" aria-busy=${search.isBusy} data-testid="add-list">
        ${repeat(
          search.products,
          (one) => one.product_id,
          (one) => this.#renderOne(one),
        )}
      </ul>
      <div role="status">${this.#renderBelow(search)}</div>`;
  }

  #renderCategories(search: ProductSearch) {
    if (!this.categories.length) return nothing;
    return html`<label class="sf-field">
      <span class="sf-field__label">${t('add.category')}</span>
      <select class="sf-input" data-testid="add-category" @change=${(event: Event) => search.choose((event.target as HTMLSelectElement).value)}>
        <option value="">${t('add.allCategories')}</option>
        ${this.categories.map((one) => html`<option value=${one.id}>${categoryLabel(one)}</option>`)}
      </select>
    </label>`;
  }

  #renderOne(one: FoundProduct) {
    const { session } = this;
    const isIn = session.state.rundown.some((item) => item.product_id === one.product_id);
    const error = session.errorAt(addPlace(one.product_id));
    return html`<li class="sf-add__row" data-testid=${`add-${one.product_id}`}>
      ${one.image_url
        ? html`<img class="sf-thumb" src=${one.image_url} alt="" loading="lazy" />`
        : html`<span class="sf-thumb sf-item__blank">${icon('image')}</span>`}
      <span class="sf-item__text">
        <span class="sf-item__name">${one.name}</span>
        <span class="sf-item__facts">
          ${one.price === null ? nothing : html`<span class="sf-price">${formatMoney(one.price, one.currency)}</span>`}
          <span class="sf-soft sf-figures">${t('rundown.left', { count: one.available })}</span>
        </span>
      </span>
      ${isIn
        ? html`<span class="sf-badge sf-badge--success">${icon('check')} ${t('add.isIn')}</span>`
        : html`<button
            type="button"
            class="sf-button sf-button--small"
            aria-busy=${session.isBusy(addPlace(one.product_id))}
            @click=${() => void session.addToRundown(one.product_id, one.name)}
          >
            ${icon('plus')} ${t('add.add')}<span class="sf-visually-hidden">: ${one.name}</span>
          </button>`}
      ${errorLine(error)}
    </li>`;
  }

  #renderBelow(search: ProductSearch) {
    if (search.hasFailed) {
      return html`<p class="sf-notice sf-notice--danger">
        ${icon('circle-alert')} <span>${t('add.failed')}</span>
        <button type="button" class="sf-link" @click=${() => void search.retry()}>${t('preview.retry')}</button>
      </p>`;
    }
    if (search.isBusy) return html`<p class="sf-soft sf-small">${t('loading')}</p>`;
    if (!search.products.length) return html`<p class="sf-soft">${search.query ? t('rundown.noMatch', { query: search.query }) : t('add.none')}</p>`;
    if (search.isFull) return html`<p class="sf-soft sf-small">${t('add.narrow')}</p>`;
    if (!search.hasMore) return nothing;
    return html`<button type="button" class="sf-button sf-button--small" @click=${() => void search.more()}>${t('add.more')}</button>`;
  }
}

define('sf-console-add-products', SfConsoleAddProducts);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-add-products': SfConsoleAddProducts;
  }
}
