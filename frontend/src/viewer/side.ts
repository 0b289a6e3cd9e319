/** `<sf-side>`: chat and shop: the column beside the picture, or what is below it or over it on a phone. */
import { html, nothing } from 'lit';
import { formatCount } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

export class SfSide extends AppElement {
  static override topics: readonly Topic[] = ['layout', 'shop', 'view'];

  override connectedCallback(): void {
    super.connectedCallback();
    this.removeAttribute('aria-busy'); // the server's mark on its skeleton
  }

  override render() {
    const { isWide } = this.app;
    return html`${isWide ? this.#column() : this.#phone()}<sf-panel></sf-panel>`;
  }

  #column() {
    const { tab, shop } = this.app;
    return html`
      <div class="sf-side__tabs">
        <div class="sf-tabs" role="tablist" @keydown=${(event: KeyboardEvent) => this.#onTabKey(event)}>
          ${this.#tab('chat', t('chat'), null)} ${this.#tab('products', t('products'), shop.products.length)}
        </div>
        ${this.#cartButton()}
      </div>
      <div class="sf-side__content" role="tabpanel" id="sf-tabpanel" aria-labelledby="sf-tab-${tab}">
        ${tab === 'chat' ? html`${this.#replayBar()}${this.#chat()}<sf-composer></sf-composer>` : html`<sf-product-list></sf-product-list>`}
      </div>
    `;
  }

  #phone() {
    const { shop, data } = this.app;
    return html`
      <div class="sf-side__title">
        <button class="sf-side__about" data-testid="about-open" @click=${() => this.app.openPanel({ kind: 'about' })}>
          <span class="sf-side__name sf-clip">${data.title}</span>
          <span class="sf-soft sf-small sf-clip">${data.hosts.map((host) => host.name).join(', ')}</span>
        </button>
        ${this.#replayBar()}
      </div>
      ${this.#chat()}
      <sf-cards></sf-cards>
      <div class="sf-bottom">
        <sf-composer></sf-composer>
        <button
          class="sf-button sf-button--icon sf-bottom__button"
          aria-label="${t('products')}, ${formatCount(shop.products.length)}"
          data-testid="products-open"
          @click=${() => this.app.openPanel({ kind: 'products' })}
        >
          ${icon('tag')}<span class="sf-counter" aria-hidden="true">${formatCount(shop.products.length)}</span>
        </button>
        ${this.#cartButton()}
      </div>
    `;
  }

  #chat() {
    return this.app.isChatHidden ? html`<div class="sf-side__gap"></div>` : html`<sf-chat></sf-chat>`;
  }

  /** The chat of a replay is a memory of the evening: good company, or in the way. */
  #replayBar() {
    const { isRecorded, isChatHidden } = this.app;
    if (!isRecorded) return nothing;
    return html`<label class="sf-switch sf-side__replay">
      <input
        type="checkbox"
        role="switch"
        data-testid="chat-replay"
        .checked=${!isChatHidden}
        @change=${(event: Event) => this.app.hideChat(!(event.target as HTMLInputElement).checked)}
      />
      ${t('chat.replay')}
    </label>`;
  }

  #tab(name: 'chat' | 'products', text: string, count: number | null) {
    const isSelected = this.app.tab === name;
    return html`<button
      class="sf-tab"
      role="tab"
      id="sf-tab-${name}"
      aria-selected=${isSelected}
      aria-controls="sf-tabpanel"
      tabindex=${isSelected ? 0 : -1}
      data-testid="tab-${name}"
      @click=${() => this.app.showTab(name)}
    >
      ${text}${count === null ? nothing : html`<span class="sf-badge">${formatCount(count)}</span>`}
    </button>`;
  }

  #onTabKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.app.showTab(this.app.tab === 'chat' ? 'products' : 'chat');
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }

  #cartButton() {
    const { count } = this.app.shop.cart;
    return html`<button
      class="sf-button ${this.app.isWide ? '' : 'sf-button--icon'} sf-bottom__button"
      aria-label=${t('cart.open', { count })}
      data-testid="cart-open"
      data-count=${count}
      @click=${() => this.app.openPanel({ kind: 'cart' })}
    >
      ${icon('shopping-bag')}${this.app.isWide ? t('cart') : nothing}
      ${count > 0 ? html`<span class="sf-counter" aria-hidden="true" data-testid="cart-count">${formatCount(count)}</span>` : nothing}
    </button>`;
  }
}
