/** `<sf-cards>`: the products that are highlighted at this picture, one tap from the cart; a card can be put aside and taken back. */
import { html, nothing } from 'lit';
import type { Product, Variant } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { addToCart, buyNow } from './buying.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { loadElement } from './lazy.ts';
import { notSoldNote, price, stockNote, thumb, variantSelect } from './shared-templates.ts';

/** Moved sideways by this much, a card is put aside. */
const SWIPE_PX = 72;

export class SfCards extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];

  constructor() {
    super();
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('.sf-pill, .sf-card__open') ?? this.app.focusChat());
  }

  override render() {
    return html`<div class="sf-cards" aria-live="polite">
      ${this.app.cards.map(({ id, products, isAside }) =>
        products.map((product) =>
          isAside
            ? html`<button
                class="sf-pill sf-pill--card"
                data-testid="card-put-back"
                aria-label=${t('product.put-back', { name: product.name })}
                @click=${() => this.app.setAside(id, false)}
              >
                ${icon('tag')}<span class="sf-clip">${product.name}</span>
              </button>`
            : html`<sf-product-card .product=${product} .highlightId=${id} .bought=${this.app.view.bought.get(product.id) ?? 0} data-product-id=${product.id}></sf-product-card>`,
        ),
      )}
    </div>`;
  }
}

/** `<sf-product-card>`: picture, name, price, variant, Add. */
export class SfProductCard extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  static override properties = {
    product: { attribute: false },
    highlightId: { attribute: false },
    sku: { state: true },
    isInRail: { attribute: false },
    bought: { attribute: false },
    isBusy: { state: true },
  };
  declare product: Product | null;
  declare highlightId: string;
  /** In the rail a card is in nobody's way: it cannot be put aside. */
  declare isInRail: boolean;
  /** Units bought in the show so far. */
  declare bought: number;
  declare sku: string | null;
  declare isBusy: boolean;
  #swipe: { x: number; id: number } | null = null;

  constructor() {
    super();
    this.product = null;
    this.highlightId = '';
    this.isInRail = false;
    this.bought = 0;
    this.sku = null;
    this.isBusy = false;
  }

  override render() {
    const { product } = this;
    if (!product) return nothing;
    const { shop } = this.app;
    const wanted = this.sku ?? shop.keptOf(product.id)?.sku;
    const variant = product.variants.find(({ sku }) => sku === wanted) ?? shop.firstChoice(product);
    return variant ? this.#sold(product, variant) : this.#notSold(product);
  }

  #sold(product: Product, variant: Variant) {
    const { shop } = this.app;
    const available = shop.available(variant);
    const canBuy = available > 0 && this.app.view.selling === null;
    return html`<article
      class="sf-card"
      data-testid="highlight-card"
      data-product-id=${product.id}
      data-highlight-id=${this.highlightId}
      @pointerdown=${(event: PointerEvent) => this.#swipeStart(event)}
      @pointermove=${(event: PointerEvent) => this.#swipeMove(event)}
      @pointerup=${() => this.#swipeEnd()}
      @pointercancel=${() => this.#swipeEnd()}
    >
      <button
        class="sf-card__open"
        aria-label=${t('product.view', { name: product.name })}
        data-testid="card-open"
        @click=${() => this.app.openPanel({ kind: 'product', productId: product.id })}
      >
        ${thumb(variant.image_url ?? product.image_url)}
      </button>
      <div class="sf-card__words">
        ${this.isInRail ? html`<span class="sf-badge sf-badge--accent" data-testid="on-screen">${icon('radio')}${t('products.on-screen')}</span>` : nothing}
        <p class="sf-card__name" data-testid="card-name">${product.name}</p>
        <p class="sf-row sf-row--wrap sf-card__price">${price(variant)} ${available > 0 ? stockNote(available) : nothing}</p>
        ${this.#hold(product)} ${this.#bought()}
        ${variantSelect(product, variant, (item) => shop.available(item), (sku) => (this.sku = sku))}
      </div>
      <div class="sf-card__actions">${this.#mainButton(product, variant, available)}
      ${canBuy && this.app.wallet.usable.length > 0
        ? html`<button
            class="sf-button sf-button--small sf-button--quiet"
            data-testid="card-buy"
            aria-label=${t('product.buy-one-now', { name: product.name })}
            aria-busy=${this.isBusy}
            @click=${() => this.#inTurn(() => buyNow(this.app, product, variant.sku))}
          >
            ${t('product.buy-now')}
          </button>`
        : nothing}</div>
      ${this.isInRail ? nothing : this.#asideButton(product)}
    </article>`;
  }

  /** Units that are kept for the viewer are in the cart already. */
  #mainButton(product: Product, { sku }: Variant, available: number) {
    const { shop, view } = this.app;
    if (shop.cart.reserved.some((one) => one.sku === sku)) {
      return html`<button class="sf-button sf-button--primary" data-testid="card-cart" @click=${() => this.app.openPanel({ kind: 'cart' })}>${t('cart.view')}</button>`;
    }
    const words = view.selling ? 'product.paused' : available > 0 ? 'product.add' : 'product.sold-out';
    return html`<button
      class="sf-button sf-button--primary"
      data-testid="card-add"
      aria-busy=${this.isBusy}
      ?disabled=${available <= 0 || view.selling !== null}
      @click=${() => this.#inTurn(() => addToCart(this.app, product, sku))}
    >
      ${t(words)}
    </button>`;
  }

  /** The time that units of it are the viewer's. */
  #hold({ id }: Product) {
    const { shop } = this.app;
    if (!shop.keptOf(id) && !shop.holds(id)) return nothing;
    void loadElement('sf-kept').catch(() => undefined); // asked for again with the next drawing
    return html`<sf-kept-time .productId=${id}></sf-kept-time>`;
  }

  #asideButton(product: Product) {
    return html`<button
      class="sf-card__aside"
      aria-label=${t('product.dismiss', { name: product.name })}
      data-testid="card-dismiss"
      @click=${() => this.app.setAside(this.highlightId, true)}
    >
      ${icon('x')}
    </button>`;
  }

  /** What others do, for viewers who want to see everything. */
  #bought() {
    return this.bought > 0 ? html`<p class="sf-soft sf-small" data-dial="full" data-testid="bought">${t('product.bought', { count: this.bought })}</p>` : nothing;
  }

  /** It was taken out of the shop, or has no price in the currency of this shop: it is shown, and not sold. */
  #notSold(product: Product) {
    return html`<article class="sf-card" data-testid="highlight-card" data-product-id=${product.id} data-highlight-id=${this.highlightId}>
      <span class="sf-card__open">${thumb(product.image_url)}</span>
      <div class="sf-card__words">
        <p class="sf-card__name" data-testid="card-name">${product.name}</p>
        <p class="sf-row">${notSoldNote(product)}</p>
      </div>
      ${this.isInRail ? nothing : this.#asideButton(product)}
    </article>`;
  }

  async #inTurn(act: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await act();
    } finally {
      this.isBusy = false;
    }
  }

  get #article(): HTMLElement | null {
    return this.querySelector('article');
  }

  #swipeStart(event: PointerEvent): void {
    if (this.isInRail || event.pointerType === 'mouse' || (event.target as HTMLElement).closest('select')) return;
    this.#swipe = { x: event.clientX, id: event.pointerId };
  }

  #swipeMove(event: PointerEvent): void {
    if (this.#swipe?.id !== event.pointerId) return;
    this.#article?.style.setProperty('translate', `${event.clientX - this.#swipe.x}px 0`);
    if (Math.abs(event.clientX - this.#swipe.x) <= SWIPE_PX) return;
    this.#swipeEnd();
    this.app.setAside(this.highlightId, true);
  }

  #swipeEnd(): void {
    this.#swipe = null;
    this.#article?.style.removeProperty('translate');
  }
}
