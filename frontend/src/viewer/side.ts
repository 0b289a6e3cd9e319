/** `<sf-side>`: chat and shop: a column beside the picture; on a phone, below the picture or over it. */
import { html, nothing } from 'lit';
import { formatCount } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Tab, Topic } from './app.ts';
import { AppElement } from './element.ts';
import { LazyDrawing } from './lazy-drawing.ts';
import { loadElement } from './lazy.ts';

const TABS: readonly Tab[] = ['chat', 'questions', 'products'];

export class SfSide extends AppElement {
  static override topics: readonly Topic[] = ['layout', 'shop', 'view', 'talk'];
  readonly #lazy = new LazyDrawing(this);

  protected override appConnected(): void {
    this.removeAttribute('aria-busy'); // the server's mark on its skeleton
    void loadElement('sf-live-region').catch(() => undefined); // asked for again with everything else
  }

  override render() {
    const { isWide, talk, bids } = this.app;
    if (bids.auction) void loadElement('sf-auction').catch(() => undefined);
    if (isWide && talk.poll) void loadElement('sf-poll').catch(() => undefined); // asked for again with the next drawing
    return html`${isWide ? this.#column() : this.#phone()}<sf-panel></sf-panel><sf-warning></sf-warning><sf-live-region></sf-live-region>`;
  }

  #column() {
    const { tab } = this.app;
    return html`
      <div class="sf-side__tabs">
        <div class="sf-tabs" role="tablist" @keydown=${(event: KeyboardEvent) => this.#onTabKey(event)}>
          ${TABS.map((name) => this.#tab(name))}
        </div>
        ${this.#newsButton()} ${this.#cartButton()}
      </div>
      <div class="sf-side__above"><sf-auction></sf-auction><sf-card-stack></sf-card-stack><sf-poll></sf-poll></div>
      <div class="sf-side__content" role="tabpanel" id=${this.app.id('tabpanel')} aria-labelledby=${this.app.id(`tab-${tab}`)}>${this.#tabContent(tab)}</div>
    `;
  }

  #tabContent(tab: Tab) {
    switch (tab) {
      case 'chat':
        return html`${this.#replayBar()}<sf-notices></sf-notices>${this.#chat()}
          <div class="sf-side__write"><sf-composer></sf-composer><sf-hearts></sf-hearts></div>`;
      case 'questions':
        return this.#lazy.draw('sf-questions', html`<sf-questions></sf-questions>`);
      case 'products':
        return this.#lazy.draw('sf-product-list', html`<sf-product-list></sf-product-list>`);
    }
  }

  /** One template for both ways to hold a phone: the message field keeps its focus and its text when the phone is turned. */
  #phone() {
    const { hasRail, isSideways, data } = this.app;
    return html`
      <h1 class="sf-visually-hidden">${data.title}</h1>
      ${isSideways ? this.#top() : nothing}
      <sf-auction></sf-auction><sf-card-stack></sf-card-stack>
      <sf-notices data-dial="normal"></sf-notices>
      ${hasRail
        ? html`<section class="sf-rail" aria-label=${t('products.in-this-show')}>
            <div class="sf-rail__head">
              <h2 class="sf-rail__title">${t('products.in-this-show')}</h2>
              ${this.#questionsButton()} ${this.#newsButton()}
            </div>
            <sf-rail></sf-rail>
          </section>`
        : nothing}
      ${this.#replayBar()} ${this.#chat()}
      ${hasRail || isSideways
        ? nothing
        : html`<!-- Within reach of the thumb that holds the phone -->
            <div class="sf-side__near">${this.#questionsButton()} ${this.#newsButton()}</div>
            <sf-cards></sf-cards>`}
      ${this.#bottom()}
    `;
  }

  /** A phone on its side: above the chat stands what the narrow row below has no room for. */
  #top() {
    return html`<div class="sf-side__top">${this.#questionsButton()}<span></span>${this.#newsButton()} ${this.#productsButton()} ${this.#cartButton()}</div>`;
  }

  #bottom() {
    return html`<div class="sf-bottom">
      <sf-composer></sf-composer>
      <sf-hearts></sf-hearts>
      ${this.app.isSideways ? nothing : html`${this.#productsButton()} ${this.#cartButton()}`}
    </div>`;
  }

  #productsButton() {
    const count = formatCount(this.app.shop.products.length);
    return html`<button
      class="sf-button sf-button--icon sf-bottom__button"
      aria-label="${t('products')}, ${count}"
      data-testid="products-open"
      @click=${() => this.app.openPanel({ kind: 'products' })}
    >
      ${icon('tag')}<span class="sf-counter" aria-hidden="true">${count}</span>
    </button>`;
  }

  #chat() {
    if (this.app.isChatHidden) return html`<div class="sf-side__gap"></div>`;
    // In a column it stands beside the picture, on a phone upon it.
    return html`<sf-chat data-dial=${this.app.isWide ? nothing : 'normal'}></sf-chat>`;
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

  #tab(name: Tab) {
    const isSelected = this.app.tab === name;
    const count = this.#countOf(name);
    return html`<button
      class="sf-tab"
      role="tab"
      id=${this.app.id(`tab-${name}`)}
      aria-selected=${isSelected}
      aria-controls=${this.app.id('tabpanel')}
      tabindex=${isSelected ? 0 : -1}
      data-testid="tab-${name}"
      @click=${() => this.app.showTab(name)}
    >
      ${t(name)}${count === null ? nothing : html`<span class="sf-badge">${formatCount(count)}</span>`}
    </button>`;
  }

  #countOf(name: Tab): number | null {
    if (name === 'products') return this.app.shop.products.length;
    return name === 'questions' && this.#openQuestions > 0 ? this.#openQuestions : null;
  }

  get #openQuestions(): number {
    return this.app.view.questions.filter(({ state }) => state === 'open' || state === 'picked' || state === 'answered').length;
  }

  #onTabKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const place = TABS.indexOf(this.app.tab) + (this.matches(':dir(rtl)') ? -step : step);
    this.app.showTab(TABS[(place + TABS.length) % TABS.length] ?? 'chat');
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  }

  #questionsButton() {
    const count = this.#openQuestions;
    return html`<button
      class="sf-button sf-button--quiet sf-bottom__button"
      data-testid="questions-open"
      @click=${() => this.app.openPanel({ kind: 'questions' })}
    >
      ${icon('message-circle-question-mark')}${t('questions')}${count > 0 ? html` <span class="sf-counter">${formatCount(count)}</span>` : nothing}
    </button>`;
  }

  /** There as soon as there is something for this person alone. */
  #newsButton() {
    const { listed, unread } = this.app.news;
    if (listed.length === 0) return nothing;
    return html`<button
      class="sf-button sf-button--quiet sf-button--icon sf-bottom__button"
      aria-label=${unread > 0 ? t('news.unread', { count: unread }) : t('news')}
      data-testid="news-open"
      @click=${() => this.app.openPanel({ kind: 'news' })}
    >
      ${icon('bell')}${unread > 0 ? html`<span class="sf-counter" aria-hidden="true">${formatCount(unread)}</span>` : nothing}
    </button>`;
  }

  #cartButton() {
    const { count } = this.app.shop.cart;
    return html`<button
      class="sf-button sf-button--icon sf-bottom__button"
      aria-label=${t('cart.open', { count })}
      data-testid="cart-open"
      data-count=${count}
      @click=${() => this.app.openPanel({ kind: 'cart' })}
    >
      ${icon('shopping-bag')}
      ${count > 0 ? html`<span class="sf-counter" aria-hidden="true" data-testid="cart-count">${formatCount(count)}</span>` : nothing}
    </button>`;
  }
}
