/** `<sf-product>`: one product, to look at and to buy; `<sf-answers>`: what was answered about it. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import type { Product, Variant } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import type { Answer } from './answers.ts';
import type { Topic } from './app.ts';
import { ProductElement, placeButton } from './appearances.ts';
import { AppElement } from './element.ts';
import { price, stockNote, thumb } from './parts.ts';

/** `<sf-answers>`: what was asked about a product and answered to everyone; on air, the way to that picture. */
export class SfAnswers extends ProductElement {
  static override topics: readonly Topic[] = ['view', 'player']; // an answer comes with its picture
  override render() {
    const answers = this.app.answers(this.productId);
    if (answers.length === 0) return nothing;
    return html`<section class="sf-answers" aria-labelledby=${this.app.id('answers')} data-testid="answers">
      <h3 id=${this.app.id('answers')}>${t('answers')}</h3>
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
                name=${this.app.id(`option-${name}`)}
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

define('sf-answers', SfAnswers);
define('sf-product', SfProduct);
