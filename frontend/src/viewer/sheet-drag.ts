/** A bottom sheet follows the finger and rests at one of three heights; pulled below the lowest, it closes. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

const CLOSE_BELOW = 0.65;
const FLICK_PX_PER_MS = 0.6;

export interface SheetStops {
  low: number;
  middle: number;
  high: number;
}

export class SheetDrag implements ReactiveController {
  #dialog: () => HTMLElement | null;
  #stops: () => SheetStops;
  #close: () => void;
  #start: { y: number; height: number; atMs: number } | null = null;

  constructor(host: ReactiveControllerHost, dialog: () => HTMLElement | null, stops: () => SheetStops, close: () => void) {
    host.addController(this);
    this.#dialog = dialog;
    this.#stops = stops;
    this.#close = close;
  }

  hostConnected(): void {
    // The handlers are bound in the template; nothing to connect here.
  }

  rest(stop: keyof SheetStops): void {
    this.#setHeight(this.#stops()[stop]);
  }

  readonly down = (event: PointerEvent): void => {
    const dialog = this.#dialog();
    if (!dialog || (event.target as HTMLElement).closest('button')) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#start = { y: event.clientY, height: dialog.offsetHeight, atMs: event.timeStamp };
    dialog.dataset['dragged'] = '';
  };

  readonly move = (event: PointerEvent): void => {
    if (this.#start) this.#setHeight(Math.min(this.#start.height + this.#start.y - event.clientY, this.#stops().high));
  };

  readonly up = (event: PointerEvent): void => {
    const start = this.#start;
    const dialog = this.#dialog();
    this.#start = null;
    if (!start || !dialog) return;
    delete dialog.dataset['dragged'];
    const height = start.height + start.y - event.clientY;
    const speed = (start.y - event.clientY) / Math.max(1, event.timeStamp - start.atMs);
    const { low, middle, high } = this.#stops();
    if (height < low * CLOSE_BELOW || (speed < -FLICK_PX_PER_MS && height < middle)) {
      this.#close();
      return;
    }
    const aimed = height + (Math.abs(speed) > FLICK_PX_PER_MS ? Math.sign(speed) * (high - low) * 0.4 : 0);
    const nearest = [low, middle, high].sort((a, b) => Math.abs(a - aimed) - Math.abs(b - aimed))[0] ?? middle;
    this.#setHeight(nearest);
  };

  /** The keyboard's way: the handle is a button that goes through the heights. */
  next(): void {
    const { low, middle, high } = this.#stops();
    const now = this.#dialog()?.offsetHeight ?? middle;
    this.#setHeight(now < middle - 1 ? middle : now < high - 1 ? high : low);
  }

  #setHeight(px: number): void {
    this.#dialog()?.style.setProperty('--sf-sheet-height', `${Math.round(px)}px`);
  }
}
