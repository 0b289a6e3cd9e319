/** `<sf-rail>`: the products under a landscape picture: those on screen first, each one tap from the cart. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Product } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { scrollBehavior } from '../ui/motion.ts';
import type { Topic } from './app.ts';
import { addToCart } from './buying.ts';
import { AppElement } from './element.ts';
import { availabilityNote, priceRange, thumb } from './shared-templates.ts';

export class SfRail extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];
  static override properties = { busyId: { state: true } };
  declare busyId: string | null;
  #firstId: string | null = null;

  constructor() {
    super();
    this.busyId = null;
  }

  override render() {
    const { shop, productsOnScreen } = this.app;
    const onScreen = new Set(productsOnScreen.map(({ id }) => id));
    const others = shop.products.filter(({ id }) => !onScreen.has(id));
    return html`<div class="sf-rail__scroller" tabindex="-1">
      <div class="sf-rail__now" aria-live="polite">
        ${repeat(
          productsOnScreen,
          ({ id }) => id,
          (product) =>
            html`<sf-product-card .product=${product} .highlightId=${this.#highlightOf(product)} .isInRail=${true} .bought=${this.app.view.bought.get(product.id) ?? 0} data-product-id=${product.id}></sf-product-card>`,
        )}
      </div>
      <ul class="sf-rail__list" data-testid="rail">
        ${repeat(others, ({ id }) => id, (product) => this.#item(product))}
      </ul>
    </div>`;
  }

  /** A product that comes on screen comes into view. */
  protected override updated(): void {
    const firstId = this.app.productsOnScreen[0]?.id ?? null;
    if (firstId === this.#firstId) return;
    this.#firstId = firstId;
    this.querySelector('.sf-rail__scroller')?.scrollTo({ left: 0, top: 0, behavior: scrollBehavior() });
  }

  #highlightOf(product: Product): string {
    return this.app.cards.find(({ products }) => products.includes(product))?.id ?? '';
  }

  #item(product: Product) {
    const note = availabilityNote(product, (variant) => this.app.shop.available(variant));
    return html`<li class="sf-rail__item" data-testid="rail-item" data-product-id=${product.id}>
      <button class="sf-rail__open" data-testid="rail-open" @click=${() => this.#open(product)}>
        ${thumb(product.image_url, 'sf-rail__picture')}
        <span class="sf-rail__words">
          <span class="sf-rail__name">${product.name}</span>
          ${product.variants.length ? html`<span class="sf-rail__price">${priceRange(product)}</span>` : nothing} ${note}
        </span>
      </button>
      ${this.app.shop.isSoldOut(product) ? nothing : this.#plus(product)}
    </li>`;
  }

  /** A product of one variant goes straight into the cart; of several, one is chosen first. */
  #plus(product: Product) {
    const isChoice = product.variants.length > 1;
    const { name } = product;
    return html`<button
      class="sf-rail__plus"
      data-testid="rail-add"
      aria-label=${isChoice ? t('product.choose-of', { name }) : t('product.add-one', { name })}
      aria-busy=${this.busyId === product.id}
      ?disabled=${this.app.view.selling !== null}
      @click=${() => (isChoice ? this.#open(product) : void this.#add(product))}
    >
      ${icon('plus')}
    </button>`;
  }

  #open(product: Product): void {
    this.app.openPanel({ kind: 'product', productId: product.id });
  }

  async #add(product: Product): Promise<void> {
    const variant = this.app.shop.firstChoice(product);
    if (!variant || this.busyId) return;
    this.busyId = product.id;
    try {
      await addToCart(this.app, product, variant.sku);
    } finally {
      this.busyId = null;
    }
  }
}
