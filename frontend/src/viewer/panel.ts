/**
 * `<sf-panel>`: products, a product, cart, checkout and the show's text. On a phone a sheet over the running picture,
 * modal for the focus; on a desktop a slide over the column, beside it.
 */
import { html, nothing } from 'lit';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { LazyDrawing } from './lazy-drawing.ts';
import type { Panel } from './panels.ts';
import { SheetDrag, type SheetStops } from './sheet-drag.ts';

export class SfPanel extends AppElement {
  static override topics: readonly Topic[] = ['panel', 'layout', 'shop'];
  #drag = new SheetDrag(this, () => this.#dialog, () => this.#stops, () => this.app.panels.back());
  readonly #lazy = new LazyDrawing(this);
  #openedBy: HTMLElement | null = null;
  #shown: Panel | null = null;
  #wasWide: boolean | null = null;

  constructor() {
    super();
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('.sf-sheet__head button'));
  }

  override render() {
    const panel = this.app.panels.top;
    if (!panel) return nothing;
    return html`<dialog
      class="sf-sheet sf-panel-sheet"
      aria-label=${this.#title(panel)}
      data-testid="panel"
      data-panel=${panel.kind}
      @cancel=${(event: Event) => {
        event.preventDefault();
        this.app.panels.back();
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Escape' && !event.defaultPrevented) {
          event.preventDefault();
          this.app.panels.back();
        }
      }}
      @click=${(event: Event) => {
        if (event.target === event.currentTarget) this.app.panels.closeAll(); // beside the sheet: on the picture
      }}
    >
      <div
        class="sf-sheet__head"
        @pointerdown=${this.#drag.down}
        @pointermove=${this.#drag.move}
        @pointerup=${this.#drag.up}
        @pointercancel=${this.#drag.up}
      >
        <span class="sf-sheet__handle" aria-hidden="true"></span>
        ${this.app.panels.depth > 1
          ? html`<button class="sf-button sf-button--quiet sf-button--icon" aria-label=${t('back')} data-testid="panel-back" @click=${() => this.app.panels.back()}>
              ${icon('arrow-left')}
            </button>`
          : nothing}
        ${panel.kind === 'product' ? html`<span class="sf-sheet__gap"></span>` : html`<h2>${this.#title(panel)}</h2>`}
        <button class="sf-button sf-button--quiet sf-button--icon" aria-label=${t('close')} data-testid="panel-close" @click=${() => this.app.panels.closeAll()}>
          ${icon('x')}
        </button>
      </div>
      ${this.#content(panel)}
    </dialog>`;
  }

  protected override updated(): void {
    const panel = this.app.panels.top;
    const before = this.#shown;
    const hasTurned = this.#wasWide !== this.app.isWide;
    this.#shown = panel;
    this.#wasWide = this.app.isWide;
    const dialog = this.#dialog;
    if (!panel || !dialog) {
      if (before) this.#restoreFocus();
      return;
    }
    if (panel.kind === 'about') this.#adoptAbout();
    this.#show(dialog);
    if (before?.kind !== panel.kind || hasTurned) this.#drag.rest(panel.kind === 'about' ? 'middle' : 'high');
  }

  #show(dialog: HTMLDialogElement): void {
    const isModal = dialog.matches(':modal');
    if (dialog.open && isModal === this.app.isWide) dialog.close(); // the window became wide or narrow
    if (dialog.open) return;
    this.#openedBy ??= document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (this.app.isWide) dialog.show();
    else dialog.showModal();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }

  /** The highest stop leaves a landscape picture free, and a strip of a portrait one. */
  get #stops(): SheetStops {
    const { shape, player } = this.app;
    const free = shape === 'portrait' ? innerHeight * 0.78 : innerHeight - player.video.getBoundingClientRect().bottom;
    const high = Math.max(free, innerHeight * 0.5);
    return { low: high * 0.5, middle: high * 0.76, high };
  }

  #title(panel: Panel): string {
    switch (panel.kind) {
      case 'products':
        return t('products.in-this-show');
      case 'product':
        return this.app.shop.product(panel.productId)?.name ?? '';
      case 'cart':
        return t('cart');
      case 'checkout':
        return t('checkout');
      case 'questions':
        return t('questions');
      case 'news':
        return t('news');
      case 'captions':
        return t('captions');
      case 'playback':
        return t('player.settings');
      case 'about':
        return t('about-show');
    }
  }

  #content(panel: Panel) {
    switch (panel.kind) {
      case 'products':
        return this.#lazy.draw('sf-product-list', html`<div class="sf-sheet__body"><sf-product-list></sf-product-list></div>`);
      case 'product':
        return this.#lazy.draw('sf-product', html`<sf-product .productId=${panel.productId}></sf-product>`);
      case 'cart':
        return this.#lazy.draw('sf-cart', html`<sf-cart></sf-cart>`);
      case 'checkout':
        return this.#lazy.draw('sf-checkout', html`<sf-checkout></sf-checkout>`);
      case 'questions':
        return this.#lazy.draw('sf-questions', html`<sf-questions></sf-questions>`);
      case 'news':
        return this.#lazy.draw('sf-news', html`<sf-news></sf-news>`);
      case 'captions':
        return this.#lazy.draw('sf-caption-sheet', html`<sf-caption-sheet></sf-caption-sheet>`);
      case 'playback':
        return this.#lazy.draw('sf-playback-sheet', html`<sf-playback-sheet></sf-playback-sheet>`);
      case 'about':
        return html`<div class="sf-sheet__body" tabindex="0"><div class="sf-panel-sheet__about"></div><sf-account class="sf-row"></sf-account></div>`;
    }
  }

  /** The server has drawn the show's text once; the sheet shows a copy of it. */
  #adoptAbout(): void {
    const home = this.querySelector('.sf-panel-sheet__about');
    if (!home || home.childElementCount > 0) return;
    const about = this.app.host.aboutText();
    if (about) home.append(about);
  }

  #restoreFocus(): void {
    const opener = this.#openedBy;
    this.#openedBy = null;
    if (opener?.isConnected) opener.focus();
    else if (opener) this.app.signals.focusChat.send(undefined);
  }
}
