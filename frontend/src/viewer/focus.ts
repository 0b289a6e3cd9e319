/**
 * Gives the focus to another element when a drawing takes away, or disables, the one that had it: without that, the keyboard is back at the
 * top of the page, and a screen reader falls silent.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Returns the element that has the focus next; or moves the focus itself, and returns nothing. */
export type NextFocus = (lost: Element) => HTMLElement | null | undefined;

export class FocusKeeper implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  readonly #next: NextFocus;
  #holder: Element | null = null;

  constructor(host: ReactiveControllerHost & Element, next: NextFocus) {
    this.#host = host;
    this.#next = next;
    host.addController(this);
  }

  hostUpdate(): void {
    const { activeElement } = document;
    this.#holder = this.#host.contains(activeElement) ? activeElement : null;
  }

  hostUpdated(): void {
    const lost = this.#holder;
    if (!lost || (lost.isConnected && !lost.matches(':disabled'))) return;
    // A person who has gone elsewhere meanwhile is left there.
    if (document.activeElement === document.body || document.activeElement === lost) this.#next(lost)?.focus({ preventScroll: true });
  }
}
