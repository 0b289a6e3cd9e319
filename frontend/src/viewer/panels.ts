/**
 * The stack of open sheets. Each is a step of the browser's history, so that the phone's back gesture
 * closes a sheet instead of leaving the show.
 */
export type Panel =
  | { kind: 'products' }
  | { kind: 'product'; productId: string }
  | { kind: 'cart' }
  | { kind: 'checkout' }
  | { kind: 'questions' }
  | { kind: 'news' }
  | { kind: 'captions' }
  | { kind: 'playback' }
  | { kind: 'about' };

/** By the player's key: several players of a page share its history. */
interface HistoryState {
  sfPanels?: Readonly<Record<string, readonly Panel[]>>;
}

export class Panels {
  #stack: readonly Panel[] = [];
  readonly #onChange: () => void;
  readonly #key: string;

  constructor(onChange: () => void, { key, signal }: { key: string; signal: AbortSignal }) {
    this.#onChange = onChange;
    this.#key = key;
    // A page that was reloaded with a sheet open starts without it.
    if ((history.state as HistoryState | null)?.sfPanels) history.replaceState({}, '');
    window.addEventListener(
      'popstate',
      (event) => {
        this.#stack = (event.state as HistoryState | null)?.sfPanels?.[key] ?? [];
        this.#onChange();
      },
      { signal },
    );
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
    history.pushState(this.#state, '');
    this.#onChange();
  }

  /** Replace the open sheet: going back leads to the one under it. */
  replace(panel: Panel): void {
    if (!this.top) return this.open(panel);
    this.#stack = [...this.#stack.slice(0, -1), panel];
    history.replaceState(this.#state, '');
    this.#onChange();
  }

  back(): void {
    if (this.depth > 0) history.back();
  }

  closeAll(): void {
    if (this.depth > 0) history.go(-this.depth);
  }

  get #state(): HistoryState {
    return { sfPanels: { ...(history.state as HistoryState | null)?.sfPanels, [this.#key]: this.#stack } };
  }
}
