/** `<sf-cart>`: the products that the viewer is about to buy. */
import { html, nothing } from 'lit';
import type { Cart, CartItem } from '../api/types.ts';
import { formatMoney, formatOptions } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { bundleOffer } from './bundles.ts';
import { say } from './goods-texts/index.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { checkoutTime, keptLines } from './kept.ts';
import { say as sayKept } from './kept-texts/index.ts';
import { pauseNote } from './selling-pause.ts';
import { errorLine, price, stockNote, thumb } from './shared-templates.ts';
import { problemText } from './problem-text.ts';
import './sheets.css';

export class SfCart extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  static override properties = { error: { state: true } };
  declare error: string;

  constructor() {
    super();
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('button:enabled'));
    this.error = '';
  }

  override render() {
    const { cart } = this.app.shop;
    if (cart.items.length + cart.unpriced.length + cart.reserved.length === 0) {
      return html`<div class="sf-sheet__body">
        <div class="sf-empty" data-testid="cart-empty">
          ${icon('shopping-bag')}
          <p>${say('cart.empty')}<br />${say('cart.empty-text')}</p>
          <button class="sf-button" @click=${() => this.#seeProducts()}>${t('cart.see-products')}</button>
        </div>
        ${this.#markets()} ${this.#mine()}
      </div>`;
    }
    return html`
      <div class="sf-sheet__body">
        ${keptLines(this.app, cart, (id) => this.#giveBack(id))}
        <ul class="sf-lines" data-testid="cart-lines">
          ${cart.items.map((item) => this.#line(item, cart.currency))}
        </ul>
        ${this.#bundles(cart)} ${this.#gift(cart)} ${this.#unpriced(cart)} ${this.#elsewhere(cart)} ${this.#markets()} ${this.#mine()} ${errorLine(this.app, 'cart-error', this.error)}
      </div>
      <div class="sf-sheet__foot">
        <p class="sf-row sf-row--spread sf-total">
          <span>${t('cart.subtotal')}</span>
          <span class="sf-price" data-testid="cart-subtotal">${formatMoney(cart.subtotal, cart.currency)}</span>
        </p>
        <p class="sf-help">${say('cart.tax-note')} ${say('cart.not-held')}</p>
        ${pauseNote(this.app)}
        <button
          class="sf-button sf-button--primary sf-button--large sf-button--wide"
          data-testid="checkout-start"
          ?disabled=${this.app.view.selling !== null && !this.app.checkout?.isOpen}
          @click=${() => this.app.openPanel({ kind: 'checkout' })}
        >
          ${say('cart.checkout')}
        </button>
      </div>
    `;
  }

  #line(item: CartItem, currency: string) {
    const { name, sku } = item;
    const quantity = this.app.shop.wanted(item);
    const available = this.app.shop.availableOf(item);
    const isBusy = quantity !== item.quantity;
    return html`<li class="sf-line" data-testid="cart-line" data-sku=${sku}>
      ${thumb(item.image_url)}
      <div class="sf-line__words">
        <p class="sf-line__name">${name}</p>
        <p class="sf-soft sf-small">${formatOptions(item.options)}</p>
        ${this.app.shop.cart.held[item.variant_id] ? html`<p>${checkoutTime(this.app)}</p>` : nothing}
        ${available < quantity || available <= 5 ? html`<p>${stockNote(available)}</p>` : nothing}
      </div>
      <p class="sf-price sf-line__price">${formatMoney(item.line_total, currency)}</p>
      ${item.compare_at_price === null
        ? nothing
        : html`<p class="sf-line__notes" data-testid="line-reduction">
            ${item.sale ? html`<span class="sf-badge sf-badge--accent">${item.sale}</span>` : nothing}
            ${price({ ...item, currency })}
          </p>`}
      <div class="sf-line__tools">
        <div class="sf-stepper" role="group" aria-label=${name}>
          <button
            class="sf-button sf-button--quiet sf-button--icon"
            aria-label=${quantity > 1 ? say('cart.less', { name }) : say('cart.remove', { name })}
            data-testid="line-less"
            aria-busy=${isBusy}
            @click=${() => this.#step(sku, -1)}
          >
            ${icon(quantity > 1 ? 'minus' : 'trash-2')}
          </button>
          <output data-testid="line-quantity">${quantity}</output>
          <button
            class="sf-button sf-button--quiet sf-button--icon"
            aria-label=${say('cart.more', { name })}
            data-testid="line-more"
            aria-busy=${isBusy}
            ?disabled=${quantity >= available}
            @click=${() => this.#step(sku, 1)}
          >
            ${icon('plus')}
          </button>
        </div>
      </div>
    </li>`;
  }

  /** Sets that cost less: those that the cart holds, and those that it holds a part of, with one tap to the whole. */
  #bundles({ bundles, items, currency }: Cart) {
    const near = bundles.filter(({ times, items: parts }) => times > 0 || parts.some(({ sku }) => items.some((item) => item.sku === sku)));
    return near.map((one) => {
      if (one.times > 0) {
        const words = say('cart.bundle-off', { name: one.name, amount: formatMoney(one.off, currency) });
        return html`<p class="sf-notice" data-testid="cart-bundle">${icon('circle-check')}<span>${words}</span></p>`;
      }
      return bundleOffer(one, currency, () => void this.#addBundle(one.id));
    });
  }

  async #addBundle(id: string): Promise<void> {
    this.error = '';
    try {
      await Promise.all([this.app.shop.addBundle(id, this.app.showTimeS), this.app.checkout?.release()]);
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    }
  }

  /** The free gift, or what lacks to it. One that is sold out is named only where it would be given. */
  #gift({ gift, currency }: Cart) {
    if (!gift || (!gift.is_there && gift.missing > 0)) return nothing;
    const { name, missing } = gift;
    const words = missing > 0 ? say('cart.gift-missing', { amount: formatMoney(missing, currency), name }) : say(gift.is_there ? 'cart.gift-reached' : 'cart.gift-gone', { name });
    return html`<p class="sf-notice" data-testid="cart-gift">${icon(missing > 0 || !gift.is_there ? 'info' : 'circle-check')}<span>${words}</span></p>`;
  }

  /** Lines without a price in the cart's market: they are in it, and can't be bought there. */
  #unpriced({ unpriced, currency }: Cart) {
    if (unpriced.length === 0) return nothing;
    const names = unpriced.map(({ name }) => name).join(', ');
    return html`<p class="sf-help" data-testid="cart-unpriced">${say('cart.unpriced', { names, currency })}</p>`;
  }

  /** The cart was begun in another market than this page's. */
  #elsewhere({ currency }: Cart) {
    if (!this.app.shop.isCartElsewhere) return nothing;
    return html`<div class="sf-help" data-testid="cart-elsewhere">
      <p>${say('cart.elsewhere', { currency })}</p>
      <button class="sf-button" data-testid="cart-bring" @click=${() => this.#bring()}>${say('cart.bring')}</button>
    </div>`;
  }

  #markets() {
    const { markets = [] } = this.app.data;
    if (markets.length < 2) return nothing;
    return html`<nav class="sf-help" aria-label=${say('market.choose')} data-testid="markets">
      ${say('market.choose')}:
      ${markets.map(({ name, currency, url, is_here: isHere }, place) => [
        place ? ' · ' : '',
        isHere ? html`<strong aria-current="page">${name} (${currency})</strong>` : html`<a href=${url}>${name} (${currency})</a>`,
      ])}
    </nav>`;
  }

  /** *Mine* opens beside the show, which goes on here. */
  #mine() {
    const { mine } = this.app.data.urls ?? {};
    if (!mine) return nothing;
    return html`<a class="sf-row sf-link--target sf-mine-link" href=${mine} target="_blank" rel="noopener" data-testid="cart-mine">${icon('list-checks')}<span>${sayKept('mine')}</span></a>`;
  }

  async #bring(): Promise<void> {
    this.error = '';
    try {
      await Promise.all([this.app.shop.bringCart(), this.app.checkout?.release()]);
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    }
  }

  async #giveBack(id: string): Promise<void> {
    this.error = '';
    try {
      await this.app.shop.giveBack(id);
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    }
  }

  #seeProducts(): void {
    if (this.app.isWide) this.app.openPanel({ kind: 'products' });
    else this.app.panels.replace({ kind: 'products' });
  }

  async #step(sku: string, delta: number): Promise<void> {
    this.error = '';
    try {
      await Promise.all([this.app.shop.step(sku, delta), this.app.checkout?.release()]);
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    }
  }
}

export const elements = { 'sf-cart': SfCart };
