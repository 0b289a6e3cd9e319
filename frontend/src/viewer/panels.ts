/**
 * Which sheet is open, over which other one. Each is a step of the browser's history, so that the phone's back gesture
 * closes a sheet instead of leaving the show.
 */
export type Panel =
  | { kind: 'products' }
  | { kind: 'product'; productId: string }
  | { kind: 'cart' }
  | { kind: 'checkout' }
  | { kind: 'questions' }
  | { kind: 'news' }
  | { kind: 'about' };

interface HistoryState {
  sfPanels?: readonly Panel[];
}

export class Panels {
  #stack: readonly Panel[] = [];
  #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    // A page that was reloaded with a sheet open starts without it.
    if ((history.state as HistoryState | null)?.sfPanels) history.replaceState({}, '');
    window.addEventListener('popstate', (event) => {
      this.#stack = (event.state as HistoryState | null)?.sfPanels ?? [];
      this.#onChange();
    });
  }

  get top(): Panel | null {
    return this.#stack.at(-1) ?? null;
  }

  get depth(): number {
    return this.#stack.length;
  }

  open(panel: Panel): void {
    const top = this.top;
    if (top && JSON.stringify(top) === JSON.stringify(panel)) return;
    this.#stack = [...this.#stack, panel];
    history.pushState({ sfPanels: this.#stack } satisfies HistoryState, '');
    this.#onChange();
  }

  /** In place of the open one: going back leads to what was under it. */
  replace(panel: Panel): void {
    if (!this.top) return this.open(panel);
    this.#stack = [...this.#stack.slice(0, -1), panel];
    history.replaceState({ sfPanels: this.#stack } satisfies HistoryState, '');
    this.#onChange();
  }

  back(): void {
    if (this.depth > 0) history.back();
  }

  closeAll(): void {
    if (this.depth > 0) history.go(-this.depth);
  }
}
