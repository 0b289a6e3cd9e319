/** Press and hold: what must not happen by accident happens only when the button is held down long enough. */

export const HOLD_MS = 1500;

export interface HoldEvents {
  /** The button was held long enough. */
  readonly complete: () => void;
  /** Pressed shortly, or activated without a press (a screen reader's click): ask in words instead. */
  readonly short: () => void;
  /** Being held, or no longer. */
  readonly changed: (isDown: boolean) => void;
}

/** Pointer: `press`, `leave`, then the browser's `click`. Keyboard: `press`, `keyUp`. */
export class Hold {
  readonly #events: HoldEvents;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDown = false;
  #isUsed = false;

  constructor(events: HoldEvents) {
    this.#events = events;
  }

  press(): void {
    if (this.#isDown) return; // a key repeats while it is held
    this.#isUsed = false;
    this.#set(true);
    this.#timer = setTimeout(() => {
      this.#isUsed = true;
      this.#set(false);
      this.#events.complete();
    }, HOLD_MS);
  }

  /** The pointer went away or the press was broken off: nothing happens. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#set(false);
  }

  click(): void {
    this.leave();
    if (!this.#isUsed) this.#events.short();
    this.#isUsed = false;
  }

  keyUp(): void {
    const wasDown = this.#isDown;
    this.leave();
    if (wasDown) this.#events.short();
  }

  #set(isDown: boolean): void {
    if (this.#isDown === isDown) return;
    this.#isDown = isDown;
    this.#events.changed(isDown);
  }
}
