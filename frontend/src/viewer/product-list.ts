/** `<sf-product-list>`: all products of this show, those on screen first. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Product } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { SfAppearances } from './appearances.ts';
import { AppElement } from './element.ts';
import { availabilityNote, priceRange, thumb } from './shared-templates.ts';
import './sheets.css';

export class SfProductList extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];

  override render() {
    const { shop, productsOnScreen } = this.app;
    const others = shop.products.filter((product) => !productsOnScreen.includes(product));
    if (shop.products.length === 0) {
      return html`<div class="sf-empty">${icon('package')}<p>${t('products.empty')}</p></div>`;
    }
    return html`<ul class="sf-products" data-testid="product-list">
      ${repeat([...productsOnScreen, ...others], ({ id }) => id, (product) => this.#item(product, productsOnScreen.includes(product)))}
    </ul>`;
  }

  #item(product: Product, isOnScreen: boolean) {
    const note = availabilityNote(product, (variant) => this.app.shop.available(variant));
    return html`<li class="sf-product-row" data-testid="product-row" data-product-id=${product.id}>
      <button
        class="sf-product-row__open"
        data-testid="product-open"
        @click=${() => this.app.openPanel({ kind: 'product', productId: product.id })}
      >
        ${thumb(product.image_url, 'sf-thumb--row')}
        <span class="sf-product-row__words">
          <span class="sf-product-row__name">${product.name}</span>
          <span class="sf-row sf-row--wrap">${priceRange(product)} ${note}</span>
        </span>
      </button>
      <span class="sf-product-row__marks">
        ${isOnScreen ? html`<span class="sf-badge sf-badge--accent" data-testid="on-screen">${icon('radio')}${t('products.on-screen')}</span>` : nothing}
        <sf-appearances .productId=${product.id}></sf-appearances>
      </span>
    </li>`;
  }
}

export const elements = { 'sf-appearances': SfAppearances, 'sf-product-list': SfProductList };
