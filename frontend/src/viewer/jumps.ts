/** Jumps of the picture: after one, another view is there in which nothing is new. */

/** The fastest playback, and what a player may catch up at once. */
const SPEED_MAX = 2;
const CATCH_UP_MS = 5_000;
const BACK_MS = 1_000;
/** History that a jump needs comes after it, and is no news either. */
const SETTLES_MS = 3_000;

export class Jumps {
  #last: { pictureMs: number; nowMs: number } | null = null;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  /** Looks at the picture, often; true: it has jumped, now or a moment ago. Both are in ms, `nowMs` by any steady clock. */
  look(pictureMs: number, nowMs: number): boolean {
    const last = this.#last;
    this.#last = { pictureMs, nowMs };
    if (last) {
      const movedMs = pictureMs - last.pictureMs;
      const mostMs = (nowMs - last.nowMs) * SPEED_MAX + CATCH_UP_MS;
      if (movedMs < -BACK_MS || movedMs > mostMs) this.#quietUntilMs = nowMs + SETTLES_MS;
    }
    return nowMs < this.#quietUntilMs;
  }
}
