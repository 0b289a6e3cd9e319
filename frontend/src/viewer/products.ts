/** `<sf-product-list>` and `<sf-product>`: everything that this show sells, and one of it. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import type { Product, Variant } from '../api/types.ts';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Place } from '../player/picture-time.ts';
import { icon } from '../ui/icon.ts';
import type { Answer } from './answers.ts';
import type { Topic, ViewerApp } from './app.ts';
import { AppElement } from './element.ts';
import { price, priceRange, stockNote, thumb } from './parts.ts';

export class SfProductList extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];

  override render() {
    const { shop, view } = this.app;
    const onScreen = new Set(view.highlights.flatMap((highlight) => highlight.productIds));
    if (shop.products.length === 0) {
      return html`<div class="sf-empty">${icon('package')}<p>${t('products.empty')}</p></div>`;
    }
    return html`<ul class="sf-products" data-testid="product-list">
      ${shop.products.map((product) => this.#item(product, onScreen.has(product.id)))}
    </ul>`;
  }

  #item(product: Product, isOnScreen: boolean) {
    const { shop } = this.app;
    const total = product.variants.reduce((sum, variant) => sum + Math.max(0, shop.available(variant)), 0);
    return html`<li class="sf-product-row ${isOnScreen ? 'sf-product-row--on' : ''}" data-testid="product-row" data-product-id=${product.id}>
      <button
        class="sf-product-row__open"
        data-testid="product-open"
        @click=${() => this.app.openPanel({ kind: 'product', productId: product.id })}
      >
        ${thumb(product.image_url, 'sf-thumb--row')}
        <span class="sf-product-row__words">
          <span class="sf-product-row__name">${product.name}</span>
          <span class="sf-row sf-row--wrap">${priceRange(product)} ${stockNote(total)}</span>
        </span>
      </button>
      <span class="sf-product-row__marks">
        ${isOnScreen ? html`<span class="sf-badge sf-badge--accent" data-testid="on-screen">${icon('radio')}${t('products.on-screen')}</span>` : nothing}
        <sf-appearances .productId=${product.id}></sf-appearances>
      </span>
    </li>`;
  }
}

/** What is said of one product. */
class OfProduct extends AppElement {
  static override properties = { productId: { attribute: false } };
  declare productId: string;

  constructor() {
    super();
    this.productId = '';
  }
}

/** `<sf-appearances>`: "Shown at 12:31", each a way to that picture. */
export class SfAppearances extends OfProduct {
  static override topics: readonly Topic[] = ['view'];
  override render() {
    return this.app.appearances(this.productId).map((place) => placeButton(this.app, place, 'products.shown-at', 'shown-at'));
  }
}

/** `<sf-answers>`: what was asked about a product and answered to everyone; on air, the way to that picture. */
export class SfAnswers extends OfProduct {
  static override topics: readonly Topic[] = ['view', 'player']; // an answer comes with its picture
  override render() {
    const answers = this.app.answers(this.productId);
    if (answers.length === 0) return nothing;
    return html`<section class="sf-answers" aria-labelledby="sf-answers" data-testid="answers">
      <h3 id="sf-answers">${t('answers')}</h3>
      <ul class="sf-answers__list">
        ${repeat(answers, (one) => one.questionId, (one) => this.#item(one))}
      </ul>
    </section>`;
  }

  #item({ questionId, question, answeredMs, text }: Answer) {
    const place = answeredMs === null ? null : this.app.clock.placeOf(answeredMs);
    return html`<li class="sf-answer" data-testid="answer" data-question-id=${questionId}>
      <p class="sf-answer__question" dir="auto">${question}</p>
      ${text === null
        ? nothing
        : html`<div class="sf-question__answer">
            <p class="sf-soft sf-small">${t('answers.written', { name: this.app.data.brand.name })}</p>
            <p dir="auto" data-testid="answer-text">${text}</p>
          </div>`}
      ${place ? placeButton(this.app, place, 'answers.at', 'answered-at') : nothing}
    </li>`;
  }
}

/** "Shown at 12:31": the way to that picture. */
function placeButton(app: ViewerApp, { pictureMs, clockS }: Place, text: 'products.shown-at' | 'answers.at', testId: string) {
  const time = formatClock(clockS);
  return html`<button
    class="sf-shown-at"
    data-testid=${testId}
    data-picture-ms=${pictureMs}
    title=${t('products.watch', { time })}
    @click=${() => app.watchFrom(pictureMs)}
  >
    ${icon('clock')}<span class="sf-figures">${t(text, { time })}</span>
  </button>`;
}

/** `<sf-chapters>`: one for each highlight up to this picture, each the way to it. */
export class SfChapters extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];

  override render() {
    const { chapters } = this.app;
    if (chapters.length === 0) return nothing;
    return html`<section class="sf-chapters">
      <h2>${t('chapters')}</h2>
      <ol class="sf-chapters__list" data-testid="chapters">
        ${chapters.map(({ pictureMs, clockS, productIds }) => {
          const time = formatClock(clockS);
          const names = productIds.map((id) => this.app.shop.product(id)?.name ?? '').filter(Boolean);
          return html`<li>
            <button
              class="sf-chapter"
              data-testid="chapter"
              data-picture-ms=${pictureMs}
              title=${t('products.watch', { time })}
              @click=${() => this.app.watchFrom(pictureMs)}
            >
              <span class="sf-chapter__time">${time}</span><span>${names.join(', ')}</span>
            </button>
          </li>`;
        })}
      </ol>
    </section>`;
  }
}

export class SfProduct extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  static override properties = { productId: { attribute: false }, chosen: { state: true }, isBusy: { state: true } };
  declare productId: string;
  declare chosen: Record<string, string>;
  declare isBusy: boolean;

  constructor() {
    super();
    this.productId = '';
    this.chosen = {};
    this.isBusy = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('productId')) this.chosen = {};
  }

  override render() {
    const product = this.app.shop.product(this.productId);
    const variant = product && this.#variant(product);
    if (!product || !variant) return html`<div class="sf-empty">${icon('package')}<p>${t('products.empty')}</p></div>`;
    const available = this.app.shop.available(variant);
    return html`
      <div class="sf-sheet__body sf-product">
        <div class="sf-product__head">
          ${thumb(variant.image_url ?? product.image_url, 'sf-product__picture')}
          <div class="sf-product__facts">
            ${product.category ? html`<p class="sf-soft sf-small">${product.category}</p>` : nothing}
            <h2 class="sf-display" data-testid="product-name">${product.name}</h2>
            <p class="sf-row sf-row--wrap sf-product__price">${price(variant)} ${stockNote(available)}</p>
            <p class="sf-row sf-row--wrap"><sf-appearances .productId=${product.id}></sf-appearances></p>
          </div>
        </div>
        ${product.option_names.map((name) => this.#axis(product, name, variant))}
        <!-- The server has cleaned this HTML. -->
        <div class="sf-product__text">${unsafeHTML(product.description_html)}</div>
        <sf-answers .productId=${product.id}></sf-answers>
      </div>
      <div class="sf-sheet__foot">
        <button
          class="sf-button sf-button--primary sf-button--large sf-button--wide"
          data-testid="product-add"
          aria-busy=${this.isBusy}
          ?disabled=${available <= 0}
          @click=${() => this.#add(product, variant)}
        >
          ${available > 0 ? html`${icon('shopping-bag')}${this.isBusy ? t('product.adding') : t('product.add-to-cart')}` : t('product.sold-out')}
        </button>
      </div>
    `;
  }

  /** The variant of the chosen options; where one was not chosen yet, of the first that can be bought. */
  #variant(product: Product): Variant | null {
    const fits = (variant: Variant) => Object.entries(this.chosen).every(([name, value]) => variant.options[name] === value);
    const fitting = product.variants.filter(fits);
    return fitting.find((variant) => this.app.shop.available(variant) > 0) ?? fitting[0] ?? this.app.shop.firstChoice(product);
  }

  #axis(product: Product, name: string, current: Variant) {
    const values = [...new Set(product.variants.map((variant) => variant.options[name]))].filter((value) => value !== undefined);
    if (values.length < 2) return nothing;
    // An axis depends on the axes before it: "Berry" can be had; "Matte" can be had in berry or not.
    const before = product.option_names.slice(0, product.option_names.indexOf(name));
    const sellable = (value: string) =>
      product.variants.some(
        (variant) =>
          variant.options[name] === value &&
          before.every((other) => variant.options[other] === current.options[other]) &&
          this.app.shop.available(variant) > 0,
      );
    return html`<fieldset class="sf-product__axis">
      <legend class="sf-field__label">${name}</legend>
      <div class="sf-choices">
        ${values.map(
          (value) =>
            html`<label class="sf-choice ${sellable(value) ? '' : 'sf-choice--gone'}">
              <input
                type="radio"
                name="option-${name}"
                value=${value}
                data-testid="option"
                .checked=${current.options[name] === value}
                @change=${() => this.#choose(product, current, name, value)}
              />
              <span>${value}${sellable(value) ? nothing : html`<span class="sf-visually-hidden">${t('product.sold-out')}</span>`}</span>
            </label>`,
        )}
      </div>
    </fieldset>`;
  }

  /** What was chosen before is kept as long as it can be had together with the new choice. */
  #choose(product: Product, current: Variant, name: string, value: string): void {
    const whole = { ...current.options, [name]: value };
    const fits = (variant: Variant) => Object.entries(whole).every(([key, wanted]) => variant.options[key] === wanted);
    const wanted = product.variants.find(fits);
    this.chosen = wanted && this.app.shop.available(wanted) > 0 ? whole : { [name]: value };
  }

  async #add(product: Product, variant: Variant): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await this.app.addToCart(product, variant.sku);
    } finally {
      this.isBusy = false;
    }
  }
}
