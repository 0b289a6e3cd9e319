/** Draws an element again and again while something in it moves with time; while nothing does, there is no timer. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class Redrawing implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #everyMs: number;
  readonly #isMoving: () => boolean;
  /** A drawing may still be on its way when the element is taken out. */
  #isConnected = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `isMoving` is asked after each drawing, and so with all that the drawing is made of. */
  constructor(host: ReactiveControllerHost, everyMs: number, isMoving: () => boolean) {
    this.#host = host;
    this.#everyMs = everyMs;
    this.#isMoving = isMoving;
    host.addController(this);
  }

  hostConnected(): void {
    this.#isConnected = true;
    this.#host.requestUpdate(); // time went by
  }

  hostUpdated(): void {
    if (!this.#isConnected || !this.#isMoving()) this.#stop();
    else this.#timer ??= setInterval(() => this.#host.requestUpdate(), this.#everyMs);
  }

  hostDisconnected(): void {
    this.#isConnected = false;
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
