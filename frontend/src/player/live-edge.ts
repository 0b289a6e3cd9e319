/**
 * Keeping a live picture at its distance from now. hls.js catches up only while more than a second is buffered, which
 * at a hold-back of one second is never; so the speed is ours. Pure: how it stands in, how fast to play out, and
 * whether to jump.
 */

export interface Standing {
  /** Farther from now than the playlist asks for, in seconds; negative is nearer. */
  behindS: number;
  /** Buffered ahead of the picture, in seconds. */
  aheadS: number;
}

export interface Move {
  /** Playback speed, 1 to the fastest. */
  readonly speed: number;
  /** How far to jump forward, in seconds; 0: not at all. */
  readonly jumpS: number;
}

/** Within this of its place nothing is done: one frame of a slow picture. A hundredth faster, which is the next step, is not heard. */
const CLOSE_ENOUGH_S = 0.05;
/** One part and a little: with less ahead, going faster ends in a stall. */
const AHEAD_MIN_S = 0.45;
const AHEAD_FAR_S = 2;
/** From this far behind on at full speed; nearer, in proportion. */
const FULL_FROM_S = 0.5;
/** Farther than this is not run: at a tenth faster it would take half a minute. */
const FAR_S = 3;
/** A connection without a stall for this long, whose buffer reaches up to now, is good. */
const CALM_S = 6;
const JUMP_PAUSE_S = 12;
/** Players buffer at most half a minute; a viewer who was offline is behind by more. */
const PLENTY_S = 10;
const DRY_PATIENCE_S = 0.5;
const EASE_PAUSE_S = 4;
/** After each stall the picture may stay so much farther from now: a weak line needs the buffer. */
const CUSHION_STEP_S = 1;
const CUSHION_MAX_S = 5;
/** Per second without a stall. */
const CUSHION_LOSS = 0.05;

/** Playback speed, 1 to `fastest`. */
export function speedFor({ behindS, aheadS }: Standing, fastest: number): number {
  // The farther the way, the more must be here for it: a weak line loses the race otherwise.
  const neededS = AHEAD_MIN_S + Math.min(AHEAD_FAR_S, behindS / 4);
  if (behindS < CLOSE_ENOUGH_S || aheadS < neededS) return 1;
  const share = Math.min(1, behindS / FULL_FROM_S);
  return Math.round((1 + (fastest - 1) * share) * 100) / 100;
}

/** One live picture. Times in seconds of any steady clock. */
export class LiveKeeper {
  readonly #fastest: number;
  #easedAtS = Number.NEGATIVE_INFINITY;
  #drySinceS: number | null = null;
  #cushionS = 0;
  #cushionAtS = 0;
  #stalledAtS = Number.NEGATIVE_INFINITY;
  #jumpedAtS = Number.NEGATIVE_INFINITY;

  constructor(fastest: number) {
    this.#fastest = fastest;
  }

  /** The buffer has run out. */
  stalled(nowS: number): void {
    this.#cushionS = Math.min(CUSHION_MAX_S, this.cushionS(nowS) + CUSHION_STEP_S);
    this.#cushionAtS = this.#stalledAtS = nowS;
  }

  /** How much farther from now than usual the picture may stay. */
  cushionS(nowS: number): number {
    return Math.max(0, this.#cushionS - (nowS - this.#cushionAtS) * CUSHION_LOSS);
  }

  /**
   * True when the smallest rung should replace the current download: nothing is left to show, because of the connection.
   * hls.js waits for the rest of a segment that the line takes eight seconds for.
   */
  easesOff(isDry: boolean, isStarved: boolean, nowS: number): boolean {
    this.#drySinceS = isDry && isStarved ? (this.#drySinceS ?? nowS) : null;
    if (this.#drySinceS === null || nowS - this.#drySinceS < DRY_PATIENCE_S) return false;
    if (nowS - this.#easedAtS < EASE_PAUSE_S) return false;
    this.#easedAtS = nowS;
    return true;
  }

  move({ behindS, aheadS }: Standing, nowS: number): Move {
    const missingS = behindS - this.cushionS(nowS);
    if (nowS - this.#stalledAtS < CALM_S) return { speed: 1, jumpS: 0 };
    const mayJump = nowS - this.#jumpedAtS >= JUMP_PAUSE_S;
    if (missingS > FAR_S && aheadS >= Math.min(missingS + AHEAD_MIN_S, PLENTY_S) && mayJump) {
      this.#jumpedAtS = nowS;
      return { speed: 1, jumpS: missingS };
    }
    return { speed: speedFor({ behindS: missingS, aheadS }, this.#fastest), jumpS: 0 };
  }
}
