/**
 * Where the focus goes when a drawing takes away, or disables, what had it: without that, the keyboard is back at the
 * top of the page, and a screen reader falls silent.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class FocusKeeper implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  readonly #heir: (lost: Element) => HTMLElement | null | undefined;
  #holder: Element | null = null;

  /** `heir`: what has the focus next. */
  constructor(host: ReactiveControllerHost & Element, heir: (lost: Element) => HTMLElement | null | undefined) {
    this.#host = host;
    this.#heir = heir;
    host.addController(this);
  }

  hostUpdate(): void {
    const { activeElement } = document;
    this.#holder = this.#host.contains(activeElement) ? activeElement : null;
  }

  hostUpdated(): void {
    const lost = this.#holder;
    if (!lost || (lost.isConnected && !lost.matches(':disabled'))) return;
    // Whoever went elsewhere meanwhile is left there.
    if (document.activeElement === document.body || document.activeElement === lost) this.#heir(lost)?.focus({ preventScroll: true });
  }
}
