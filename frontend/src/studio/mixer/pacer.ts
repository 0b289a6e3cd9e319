/**
 * Decides when the next frame of the mix is made: with each new frame of the leading source, which costs neither
 * delay nor repeated frames, and by the clock while that source gives none. The average is a tenth above the rate
 * at most, so that an uneven camera loses nothing.
 */
const READY = 0.4;
const MOST = 1.5;
const SPARE = 1.1;
/** Frames' lengths without one of the leading source after which the clock leads. */
const SILENT_FRAMES = 5;
const WAITS_FRAMES = 1.5;

export class Pacer {
  readonly #frameMs: number;
  /** Frames that may be made; a source of 60 frames/s saves up half a one with each. */
  #saved = MOST;
  #countedMs = Number.NEGATIVE_INFINITY;
  #madeMs = Number.NEGATIVE_INFINITY;
  #ledMs = Number.NEGATIVE_INFINITY;

  constructor(framesPerS: number) {
    this.#frameMs = 1000 / framesPerS;
  }

  /** `isLed`: the leading source has just given a frame. A `true` counts as a frame made. */
  isDue(nowMs: number, isLed: boolean): boolean {
    this.#saved = Math.min(MOST, this.#saved + ((nowMs - this.#countedMs) * SPARE) / this.#frameMs);
    this.#countedMs = nowMs;
    if (isLed) this.#ledMs = nowMs;
    if (!(isLed ? this.#saved >= READY : this.#isLate(nowMs))) return false;
    this.#saved -= 1;
    this.#madeMs = nowMs;
    return true;
  }

  #isLate(nowMs: number): boolean {
    const isSilent = nowMs - this.#ledMs > SILENT_FRAMES * this.#frameMs;
    return nowMs - this.#madeMs >= (isSilent ? 1 : WAITS_FRAMES) * this.#frameMs;
  }
}
