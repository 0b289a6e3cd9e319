/** `<sf-tickets>`: the products that let a person in, each one tap from its payment. */
import { html, nothing } from 'lit';
import type { Product } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from '../viewer/app.ts';
import { buyNow } from '../viewer/buying.ts';
import { AppElement } from '../viewer/element.ts';
import { price, priceRange, stockNote } from '../viewer/shared-templates.ts';

export class SfTickets extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  static override properties = { busyId: { state: true } };
  declare busyId: string | null;

  constructor() {
    super();
    this.busyId = null;
  }

  override render() {
    const { products } = this.app.shop;
    return html`<ul class="sf-tickets" data-testid="tickets">
      ${products.map((product) => html`<li class="sf-ticket">${this.#ticket(product, products.length === 1)}</li>`)}
    </ul>`;
  }

  #ticket(product: Product, isOnly: boolean) {
    const { shop } = this.app;
    const variant = shop.firstChoice(product);
    if (!variant) return nothing;
    const hasChoice = product.variants.length > 1;
    const isGone = shop.isSoldOut(product);
    const style = `sf-button sf-button--large sf-button--wide ${isOnly ? 'sf-button--primary' : ''}`;
    return html`
      <button class="sf-ticket__name sf-link" @click=${() => this.app.openPanel({ kind: 'product', productId: product.id })}>${product.name}</button>
      <p class="sf-row sf-row--wrap">${hasChoice ? priceRange(product) : price(variant)} ${hasChoice ? nothing : stockNote(shop.available(variant))}</p>
      ${isGone
        ? nothing
        : html`<button class=${style} data-testid="buy-ticket" aria-busy=${this.busyId === product.id} @click=${() => this.#buy(product, variant.sku)}>
            ${icon('ticket')}${hasChoice ? t('ticket.choose') : t('ticket.buy')}
          </button>`}
    `;
  }

  async #buy(product: Product, sku: string): Promise<void> {
    if (product.variants.length > 1) {
      this.app.openPanel({ kind: 'product', productId: product.id });
      return;
    }
    if (this.busyId) return;
    this.busyId = product.id;
    try {
      await buyNow(this.app, product, sku);
    } finally {
      this.busyId = null;
    }
  }
}
