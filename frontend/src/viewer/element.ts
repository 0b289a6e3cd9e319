/** The base of the page's elements: they hold the app and are drawn anew when one of their topics changes. */
import { PageElement } from '../ui/element.ts';
import type { Topic, ViewerApp } from './app.ts';

let pageApp: ViewerApp | null = null;

/** Before the first element is defined. */
export function provideApp(app: ViewerApp): void {
  pageApp = app;
}

export class AppElement extends PageElement {
  static topics: readonly Topic[] = [];
  #unsubscribe: (() => void)[] = [];

  protected get app(): ViewerApp {
    if (!pageApp) throw new Error('the page has no show');
    return pageApp;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { topics } = this.constructor as typeof AppElement;
    this.#unsubscribe = topics.map((topic) => this.app.subscribe(topic, () => this.requestUpdate()));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
