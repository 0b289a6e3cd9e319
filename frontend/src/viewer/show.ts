/**
 * `<sf-show>`: one show's player. It reads its data from its own `<script type="application/json">` child (or from its
 * `data` property), makes the app, and hands it to the elements inside it. Several of them may stand on one page.
 */
import { ContextProvider } from '@lit/context';
import { useLanguage } from '../i18n/index.ts';
import { deviceStore } from '../ui/device-store.ts';
import { ViewerApp } from './app.ts';
import type { ShowData } from './data.ts';
import { readDial } from './dial.ts';
import { appContext } from './element.ts';
import { loadAllElements } from './lazy.ts';

declare global {
  interface HTMLElementTagNameMap {
    'sf-show': SfShow;
  }
}

export class SfShow extends HTMLElement {
  /** For a player that a script makes: set before it is put into the page. */
  data: ShowData | null = null;
  readonly #provider = new ContextProvider(this, { context: appContext, initialValue: null });
  #app: ViewerApp | null = null;

  /** The player's app; null until the data is read and the language is loaded. */
  get app(): ViewerApp | null {
    return this.#app;
  }

  connectedCallback(): void {
    void this.#begin();
  }

  disconnectedCallback(): void {
    this.#app?.stop();
    this.#app = null;
    this.#provider.setValue(null);
  }

  async #begin(): Promise<void> {
    const data = this.data ?? this.#readData();
    await useLanguage(data.language ?? document.documentElement.lang);
    if (!this.isConnected || this.#app) return;
    const app = new ViewerApp(data, {
      aboutText: () => this.querySelector('.sf-about__text')?.cloneNode(true) ?? null,
      loadRest: () => void loadAllElements(),
    });
    this.#app = app;
    this.dataset['dialLevel'] = readDial(deviceStore(), data.dial);
    for (const topic of ['view', 'player'] as const) app.subscribe(topic, () => this.#showState(app));
    app.start();
    this.#showState(app);
    this.#provider.setValue(app);
    this.dispatchEvent(new Event('sf-ready', { bubbles: true }));
  }

  #readData(): ShowData {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    if (!text) throw new Error('<sf-show> carries no show');
    return JSON.parse(text) as ShowData;
  }

  /** The layout follows the show's state and the picture's shape. */
  #showState(app: ViewerApp): void {
    this.dataset['state'] = app.view.state;
    const { shape } = app;
    if (shape) this.dataset['shape'] = shape;
  }
}
