/** Short notes that pass: `toast(t('…'))`, `toast(text, { action: t('undo'), onAction })`. */
import { html, nothing } from 'lit';
import { PageElement, define } from './element.ts';

const SHOWN_MS = 5000;
const MAX_SHOWN = 3;

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
      ${this.toasts.map(
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
  let holder = document.querySelector('sf-toasts');
  if (!holder) {
    holder = document.createElement('sf-toasts');
    document.body.append(holder);
  }
  // A modal sheet lies in the browser's top layer; the toast must lie inside it to be seen.
  const modal = document.querySelector('dialog:modal');
  const home = modal ?? document.body;
  if (holder.parentElement !== home) home.append(holder);
  holder.show(text, options);
}
