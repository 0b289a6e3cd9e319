/** How the picture keeps its place at the live edge: a quarter of a second of buffer, more on a line that stutters. Pure. */

/** Browsers begin to play sound with a fifth of a second at hand. */
const TARGET_S = 0.25;
const TARGET_MAX_S = 0.7;
/** More after each stall, and less again after a calm time. */
const STEP_S = 0.08;
const CALM_S = 15;
/** Nothing is done within this: speed changes for nothing are heard. */
const CLOSE_S = 0.05;
/** So much too far: a jump is seen less than half a minute of hurry. */
const JUMP_FROM_S = 1;
const FASTEST = 1.08;
const SLOWEST = 0.97;
/** The live edge is nothing for a line that stalls so often. */
const STALLS_MAX = 5;
const STALLS_WITHIN_S = 30;

export interface EdgeMove {
  readonly speed: number;
  /** How far to jump forward, in seconds; 0: not at all. */
  readonly jumpS: number;
}

/** Times in seconds of any steady clock. */
export class EdgePace {
  #targetS = TARGET_S;
  #stalls: number[] = [];
  #calmSinceS = 0;

  get targetS(): number {
    return this.#targetS;
  }

  /** The buffer has run out. True when that happens too often. */
  stalled(nowS: number): boolean {
    this.#stalls = [...this.#stalls.filter((atS) => nowS - atS < STALLS_WITHIN_S), nowS];
    this.#targetS = Math.min(TARGET_MAX_S, this.#targetS + STEP_S);
    this.#calmSinceS = nowS;
    return this.#stalls.length >= STALLS_MAX;
  }

  /** `aheadS`: buffered ahead of the picture. */
  move(aheadS: number, nowS: number): EdgeMove {
    if (nowS - this.#calmSinceS > CALM_S) {
      this.#targetS = Math.max(TARGET_S, this.#targetS - STEP_S / 2);
      this.#calmSinceS = nowS;
    }
    const tooFarS = aheadS - this.#targetS;
    if (tooFarS > JUMP_FROM_S) return { speed: 1, jumpS: tooFarS };
    if (tooFarS > CLOSE_S) return { speed: Math.min(FASTEST, 1 + tooFarS / 4), jumpS: 0 };
    return { speed: tooFarS < -2 * CLOSE_S ? SLOWEST : 1, jumpS: 0 };
  }
}
