/** The base of a player's elements: each gets the app from the `<sf-show>` around it and is drawn again when one of its topics changes. */
import { ContextEvent, createContext } from '@lit/context';
import { PageElement } from '../ui/element.ts';
import type { Topic, ViewerApp } from './app.ts';
import type { Signal } from './signals.ts';

/** The app of the player that an element stands in; null until the player has read its data. */
export const appContext = createContext<ViewerApp | null>(Symbol('showfloor-app'));

export class AppElement extends PageElement {
  static topics: readonly Topic[] = [];
  /** Kept after the element is taken out: a drawing may still be on its way. */
  #app: ViewerApp | null = null;
  #isJoined = false;
  #cleanups: (() => void)[] = [];

  protected get app(): ViewerApp {
    if (!this.#app) throw new Error(`<${this.localName}> stands in no <sf-show>`);
    return this.#app;
  }

  /** The server's drawing in the element's place stays until the app is there. */
  override connectedCallback(): void {
    const adopt = (app: ViewerApp | null, stop?: () => void) => {
      if (stop && !this.#cleanups.includes(stop)) this.#cleanups.push(stop);
      if (app && !this.#isJoined) this.#join(app);
    };
    this.dispatchEvent(new ContextEvent(appContext, this, adopt, true));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    if (this.#isJoined) this.appDisconnected();
    this.#isJoined = false;
  }

  /** Set up the element while it is connected: `app` is there. */
  protected appConnected(): void {
    // Most elements need nothing.
  }

  /** Undo the work of `appConnected`: `app` is still there. */
  protected appDisconnected(): void {
    // Most elements need nothing.
  }

  /** Listen to a signal of the player for as long as the element is connected. */
  protected listen<Value>(signal: Signal<Value>, listener: (value: Value) => void): void {
    this.#cleanups.push(signal.listen(listener));
  }

  /** Call `act` every `ms` milliseconds for as long as the element is connected. */
  protected every(ms: number, act: () => void): void {
    const timer = setInterval(act, ms);
    this.#cleanups.push(() => clearInterval(timer));
  }

  #join(app: ViewerApp): void {
    this.#app = app;
    this.#isJoined = true;
    super.connectedCallback();
    const { topics } = this.constructor as typeof AppElement;
    for (const topic of topics) this.#cleanups.push(app.subscribe(topic, () => this.requestUpdate()));
    this.appConnected();
  }
}
