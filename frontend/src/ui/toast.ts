/** Short notes that pass: `toast(t('…'))`, `toast(text, { action: t('undo'), onAction })`. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { PageElement, define } from './element.ts';
import { topmostModal } from './modal.ts';

const SHOWN_MS = 5000;
const MAX_SHOWN = 3;
/** A screen reader hears what comes into a region that it knows; a new place it knows after a moment. */
const KNOWN_AFTER_MS = 150;

export interface ToastOptions {
  action?: string;
  onAction?: () => void;
  shownMs?: number;
}

interface Toast extends ToastOptions {
  id: number;
  text: string;
}

/** Holds the toasts of a page. */
export class SfToasts extends PageElement {
  static override properties = { toasts: { state: true } };
  declare toasts: Toast[];
  #next = 1;

  constructor() {
    super();
    this.toasts = [];
  }

  show(text: string, options: ToastOptions = {}): void {
    const id = this.#next++;
    this.toasts = [...this.toasts, { id, text, ...options }].slice(-MAX_SHOWN);
    setTimeout(() => this.#drop(id), options.shownMs ?? SHOWN_MS);
  }

  #drop(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  override render() {
    return html`<div class="sf-toasts" role="status" aria-live="polite">
      ${repeat(
        this.toasts,
        (toast) => toast.id, // one that goes must not have the others said again
        (toast) =>
          html`<div class="sf-toast" data-testid="toast">
            <span>${toast.text}</span>
            ${toast.action
              ? html`<button
                  class="sf-link"
                  data-testid="toast-action"
                  @click=${() => {
                    this.#drop(toast.id);
                    toast.onAction?.();
                  }}
                >
                  ${toast.action}
                </button>`
              : nothing}
          </div>`,
      )}
    </div>`;
  }
}

define('sf-toasts', SfToasts);

declare global {
  interface HTMLElementTagNameMap {
    'sf-toasts': SfToasts;
  }
}

export function toast(text: string, options: ToastOptions = {}): void {
  const holder = document.querySelector('sf-toasts') ?? document.createElement('sf-toasts');
  // A modal sheet lies in the browser's top layer; the toast must lie inside it to be seen.
  const home = topmostModal() ?? document.body;
  if (holder.parentElement === home) {
    holder.show(text, options);
    return;
  }
  home.append(holder);
  // A sheet that was closed meanwhile took it along.
  setTimeout(() => (holder.isConnected ? holder.show(text, options) : toast(text, options)), KNOWN_AFTER_MS);
}
