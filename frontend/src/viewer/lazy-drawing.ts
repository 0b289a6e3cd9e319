/** Draws an element whose code may still be on its way: an outline until it is here, and a way to try again when it cannot be fetched. */
import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { loadElement, type LazyElement } from './lazy.ts';

export class LazyDrawing implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #failed = new Set<LazyElement>();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    // Nothing is fetched before it is drawn.
  }

  draw(name: LazyElement, element: TemplateResult): TemplateResult {
    if (customElements.get(name)) return element;
    if (this.#failed.has(name)) return this.#failure(name);
    void this.#load(name);
    return html`<div class="sf-sheet__body sf-stack" aria-busy="true">
      ${[1, 2, 3].map(() => html`<div class="sf-skeleton sf-skeleton--field"></div>`)}
    </div>`;
  }

  #failure(name: LazyElement): TemplateResult {
    const again = () => {
      this.#failed.delete(name);
      this.#host.requestUpdate();
    };
    return html`<div class="sf-sheet__body">
      <div class="sf-empty" role="alert">
        ${icon('circle-alert')}
        <p>${t('error.network')}</p>
        <button class="sf-button" @click=${again}>${t('try-again')}</button>
      </div>
    </div>`;
  }

  async #load(name: LazyElement): Promise<void> {
    try {
      await loadElement(name);
    } catch {
      this.#failed.add(name);
    }
    this.#host.requestUpdate();
  }
}
