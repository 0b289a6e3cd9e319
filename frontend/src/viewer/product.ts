/** `<sf-product>`: one product, to look at and to buy; `<sf-answers>`: the answers about it. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import type { ReservedItem } from '../api/schema.ts';
import type { Product, Variant } from '../api/types.ts';
import { formatMoney } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { scrollBehavior } from '../ui/motion.ts';
import type { Answer } from './product-answers.ts';
import type { Topic } from './app.ts';
import { ProductElement, SfAppearances, placeButton } from './appearances.ts';
import { addBundle, bundleOffer } from './bundles.ts';
import { addToCart, buyNow } from './buying.ts';
import { say } from './goods-texts/index.ts';
import { FocusKeeper } from './focus.ts';
import { Newest } from './newest.ts';
import { pauseNote } from './selling-pause.ts';
import { availabilityNote, noticeLink, price, stockNote } from './shared-templates.ts';
import { keptTime } from './kept.ts';
import { SfWait } from './wait.ts';
import { filmsOf, looksOf, pictureOf, picturesOf, valuesOf, type Look } from './product-pictures.ts';
import './questions.css';
import './sheets.css';

/** The facts of product safety (Regulation (EU) 2023/988 Art. 19), beside the offer. */
function safety({ safety: facts }: Product) {
  if (!facts) return nothing;
  const person = (title: string, ...lines: string[]) =>
    lines[0] ? html`<p class="sf-small"><strong>${title}</strong>${lines.map((line) => html`<br />${line}`)}</p>` : nothing;
  return html`<section class="sf-stack" data-testid="product-safety">
    <h3>${say('product.safety')}</h3>
    ${facts.note ? html`<p>${facts.note}</p>` : nothing}
    ${person(say('product.manufacturer'), facts.manufacturer, facts.manufacturer_address, facts.manufacturer_contact)}
    ${person(say('product.responsible'), facts.responsible, facts.responsible_address, facts.responsible_contact)}
  </section>`;
}

/** `<sf-answers>`: questions about a product that were answered to everyone; an answer on air has the way to its picture. */
export class SfAnswers extends ProductElement {
  static override topics: readonly Topic[] = ['view', 'player']; // an answer comes with its picture
  override render() {
    const answers = this.app.answers(this.productId);
    if (answers.length === 0) return nothing;
    return html`<section class="sf-answers" aria-labelledby=${this.app.id('answers')} data-testid="answers">
      <h3 id=${this.app.id('answers')}>${say('answers')}</h3>
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
            <p class="sf-soft sf-small">${say('answers.written', { name: this.app.data.brand.name })}</p>
            <p dir="auto" data-testid="answer-text">${text}</p>
          </div>`}
      ${place ? placeButton(this.app, place, 'answers.at', 'answered-at') : nothing}
    </li>`;
  }
}

export class SfProduct extends ProductElement {
  static override topics: readonly Topic[] = ['shop']; // a pause of the sale is told there, too
  static override properties = { ...ProductElement.properties, chosen: { state: true }, isBusy: { state: true } };
  declare chosen: Record<string, string>;
  declare isBusy: boolean;
  readonly #turns = new Newest();

  constructor() {
    super();
    new FocusKeeper(this, () => this.#focusFoot());
    this.chosen = {};
    this.isBusy = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has('productId')) return;
    this.chosen = {};
    this.isBusy = false; // with another product: its answer is no concern of this one's buttons
    this.#turns.ask();
  }

  override render() {
    const product = this.app.shop.product(this.productId);
    if (!product) return html`<div class="sf-empty">${icon('package')}<p>${t('products.empty')}</p></div>`;
    const variant = this.#variant(product);
    return html`
      <div class="sf-sheet__body sf-product">
        ${this.#gallery(product)}
        <div class="sf-product__facts">
          ${product.category ? html`<p class="sf-soft sf-small">${product.category}</p>` : nothing}
          <h2 class="sf-display" data-testid="product-name">${product.name}</h2>
          <p class="sf-row sf-row--wrap sf-product__price">
            ${variant ? html`${price(variant)} ${this.#keptOf(variant) ? nothing : stockNote(this.app.shop.available(variant))}` : availabilityNote(product, () => 0)}
          </p>
        </div>
        ${this.#bundles(product)} ${deliveryNote(product)}
        ${variant ? product.option_names.map((name) => this.#axis(product, name, variant)) : nothing}
        <!-- The server has cleaned this HTML. -->
        <div class="sf-product__text">${unsafeHTML(product.description_html)}</div>
        ${safety(product)}
        ${filmsOf(product).map(
          ({ url, alt }) => html`<p><a href=${url} target="_blank" rel="noopener noreferrer nofollow">${say('product.film', { name: alt })}</a></p>`,
        )}
        <p class="sf-row sf-row--wrap sf-product__places"><sf-appearances .productId=${product.id}></sf-appearances></p>
        <sf-answers .productId=${product.id}></sf-answers>
        ${noticeLink(this.app, `product-${product.id}`)}
      </div>
      ${variant ? this.#foot(product, variant) : nothing}
    `;
  }

  /** The colours of swatches come from code, not from markup: the content security policy allows no style attributes. */
  protected override updated(): void {
    for (const swatch of this.querySelectorAll<HTMLElement>('[data-colour]')) {
      swatch.style.setProperty('--sf-swatch', swatch.dataset['colour'] ?? '');
    }
  }

  // --- the pictures

  #gallery(product: Product) {
    const pictures = picturesOf(product);
    if (pictures.length === 0) return html`<div class="sf-gallery sf-gallery--none">${icon('package')}</div>`;
    return html`<ul class="sf-gallery" data-testid="gallery" aria-label=${say('product.pictures')} tabindex=${pictures.length > 1 ? 0 : -1}>
      ${pictures.map(
        ({ url, alt }) => html`<li class="sf-gallery__one" data-url=${url}><img src=${url} alt=${alt} loading="lazy" /></li>`,
      )}
    </ul>`;
  }

  /** The picture of the chosen variant comes into view. */
  #showPicture(url: string | null): void {
    const gallery = this.querySelector<HTMLElement>('.sf-gallery');
    const slide = url === null ? null : gallery?.querySelector<HTMLElement>(`[data-url="${CSS.escape(url)}"]`);
    if (!gallery || !slide) return;
    const middle = slide.offsetLeft - (gallery.clientWidth - slide.offsetWidth) / 2;
    gallery.scrollTo({ left: middle, behavior: scrollBehavior() });
  }

  // --- the choice

  #foot(product: Product, variant: Variant) {
    const available = this.app.shop.available(variant);
    const isPaused = this.app.view.selling !== null;
    const kept = this.#keptOf(variant);
    const words = isPaused ? t('product.paused') : this.isBusy ? say('product.adding') : say('product.add-for', { price: formatMoney(variant.price, variant.currency) });
    return html`<div class="sf-sheet__foot sf-product__foot">
      ${pauseNote(this.app)} ${kept ? this.#keptNote(kept) : nothing}
      ${available > 0
        ? html`<button
              class="sf-button ${kept ? '' : 'sf-button--primary'} sf-button--large"
              data-testid="product-add"
              aria-busy=${this.isBusy}
              ?disabled=${isPaused}
              @click=${() => this.#inTurn(() => addToCart(this.app, product, variant.sku))}
            >
              ${icon('shopping-bag')}<span class="sf-figures">${words}</span>
            </button>
            <button
              class="sf-button sf-button--large"
              data-testid="product-buy"
              aria-busy=${this.isBusy}
              ?disabled=${isPaused}
              @click=${() => this.#inTurn((isSeen) => buyNow(this.app, product, variant.sku, isSeen))}
            >
              ${t('product.buy-now')}
            </button>`
        : (kept ? nothing : html`<sf-wait .sku=${variant.sku}></sf-wait>`)}
    </div>`;
  }

  /** What stands there next may be a queue, which is drawn after this sheet; while the sale is paused, nothing. */
  #focusFoot(): null {
    const drawn = this.querySelector<SfWait>('sf-wait')?.updateComplete ?? Promise.resolve();
    void drawn.then(() => {
      const next = this.querySelector<HTMLElement>('.sf-sheet__foot button:enabled') ?? this.closest('dialog')?.querySelector<HTMLElement>('.sf-sheet__head button');
      if (document.activeElement === document.body || document.activeElement?.matches(':disabled')) next?.focus({ preventScroll: true });
    });
    return null;
  }

  #keptOf({ sku }: Variant): ReservedItem | undefined {
    return this.app.shop.cart.reserved.find((one) => one.sku === sku);
  }

  /** One of it is the viewer's already, until a moment. */
  #keptNote(one: ReservedItem) {
    return html`<p data-testid="product-kept">${keptTime(this.app, one)}</p>
      <button class="sf-button sf-button--primary sf-button--large" data-testid="product-cart" @click=${() => this.app.openPanel({ kind: 'cart' })}>
        ${t('cart.view')}
      </button>`;
  }

  /** "Together for …": the sets that this product is in. */
  #bundles({ id }: Product) {
    const { bundles, currency } = this.app.shop.cart;
    const mine = bundles.filter(({ items }) => items.some(({ product_id }) => product_id === id));
    return mine.map((one) => bundleOffer(one, currency, () => void addBundle(this.app, one)));
  }

  /** The variant of the chosen options; one that is not chosen yet takes that of what is kept, or the first that can be bought. */
  #variant(product: Product): Variant | null {
    const fits = (variant: Variant) => Object.entries(this.chosen).every(([name, value]) => variant.options[name] === value);
    const fitting = product.variants.filter(fits);
    const kept = fitting.find((variant) => this.#keptOf(variant));
    return kept ?? fitting.find((variant) => this.app.shop.available(variant) > 0) ?? fitting[0] ?? this.app.shop.firstChoice(product);
  }

  #axis(product: Product, name: string, current: Variant) {
    const values = valuesOf(product, name);
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
    const looks = looksOf(product, name, values);
    return html`<fieldset class="sf-product__axis">
      <legend class="sf-field__label">${name}${looks ? html`<span class="sf-soft">: ${current.options[name]}</span>` : nothing}</legend>
      <div class="sf-choices">
        ${values.map(
          (value) =>
            html`<label class="sf-choice ${looks ? 'sf-choice--swatch' : ''} ${sellable(value) ? '' : 'sf-choice--gone'}" title=${value}>
              <input
                type="radio"
                name=${this.app.id(`option-${name}`)}
                value=${value}
                data-testid="option"
                .checked=${current.options[name] === value}
                @change=${() => this.#choose(product, current, name, value)}
              />
              ${looks ? swatch(value, looks.get(value)) : html`<span>${value}</span>`}
              ${sellable(value) ? nothing : html`<span class="sf-visually-hidden">${t('product.sold-out')}</span>`}
            </label>`,
        )}
      </div>
    </fieldset>`;
  }

  /** Earlier choices are kept as long as they can be had together with the new one. */
  #choose(product: Product, current: Variant, name: string, value: string): void {
    const whole = { ...current.options, [name]: value };
    const fits = (variant: Variant) => Object.entries(whole).every(([key, one]) => variant.options[key] === one);
    const found = product.variants.find(fits);
    this.chosen = found && this.app.shop.available(found) > 0 ? whole : { [name]: value };
    const variant = this.#variant(product);
    this.#showPicture(variant ? pictureOf(product, variant) : null);
  }

  /** One tap at a time; a product that takes this one's place has turns of its own. */
  async #inTurn(act: (isSeen: () => boolean) => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    const isSeen = this.#turns.ask();
    try {
      await act(isSeen);
    } finally {
      if (isSeen()) this.isBusy = false;
    }
  }
}

/** How long a parcel takes, where the brand says so; the checkout knows the address and the dates. */
function deliveryNote({ delivery }: Product) {
  if (!delivery) return nothing;
  const { days_min: from, days_max: to } = delivery;
  const words = from === to ? say('product.delivery', { count: to }) : say('product.delivery-span', { from, to });
  return html`<p class="sf-row sf-small sf-soft" data-testid="delivery">${icon('truck')}<span>${words}</span></p>`;
}

/** One value of an option, as it looks: its colour, or a round piece of its picture. */
function swatch(value: string, look: Look | undefined) {
  return html`<span class="sf-swatch" data-colour=${look?.colour ?? nothing}
    >${look && !look.colour ? html`<img src=${look.url} alt="" loading="lazy" />` : nothing}<span class="sf-visually-hidden">${value}</span></span
  >`;
}

export const elements = { 'sf-answers': SfAnswers, 'sf-appearances': SfAppearances, 'sf-product': SfProduct, 'sf-wait': SfWait };
