/** Keeps playback within a clip: its segments begin before it and end after it, by up to two seconds each. */

/** A move of less than this is rounding of the media's clock. */
const NEAR_S = 0.05;

export class Bounds {
  readonly #lengthS: number;
  #startS: number | null = null;
  #isOver = false;

  constructor(lengthS: number) {
    this.#lengthS = lengthS;
  }

  /** The clip's last picture is on screen. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The first picture is there: playback has begun at the clip's start. */
  begin(currentS: number): void {
    this.#startS = currentS;
  }

  /** The place to go to instead of this one, on the element's clock; null: it lies within the clip. */
  place(currentS: number): number | null {
    if (this.#startS === null) return null;
    const endS = this.#startS + this.#lengthS;
    this.#isOver = currentS >= endS - NEAR_S;
    if (currentS < this.#startS - NEAR_S) return this.#startS;
    return currentS > endS + NEAR_S ? endS : null;
  }

  /** The place in the clip, s; null before its first picture is there. */
  clipS(currentS: number): number | null {
    return this.#startS === null ? null : currentS - this.#startS;
  }

  /** Play again: the clip's start, on the element's clock. */
  restart(): number {
    this.#isOver = false;
    return this.#startS ?? 0;
  }
}
