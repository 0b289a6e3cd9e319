/**
 * When a line is too weak for the smallest picture: the sound alone, and now and then a try with the picture. Pure.
 * Times in seconds of any steady clock.
 */

import type { Engine } from './engine.ts';
import { SMALLEST_SHARE, SOUND_BPS } from './limits.ts';

export interface Measured {
  /** Bits per second that the line was seen to carry. */
  lineBps: number;
  /** The bit rate of the smallest picture. */
  neededBps: number;
}

export interface Line extends Measured {
  /** It should play and does not move. Some browsers stop with a little in the buffer, so it is not asked. */
  isStill: boolean;
  /** The next media has been asked for and does not come. */
  isStarved: boolean;
  /** No smaller picture could be asked for. */
  isSmallest: boolean;
}

/** This many stalls of the smallest picture in this time are too many, and so is one that lasts. */
const STALLS_MAX = 2;
const STALLS_WITHIN_S = 20;
const STALL_MAX_S = 8;
/** Shorter is nothing that anyone minds. */
const STALL_MIN_S = 0.5;
const BACK_AFTER_S = 20;
const BACK_AFTER_MAX_S = 160;
/** Of that time, when the line has been measured and suffices: a few parts tell little. */
const EARLY_SHARE = 0.3;
/** A player whose connection carries more waits for a busy server: the sound would come no sooner. */
const ENOUGH = 1.2;
/** Small parts come in one burst and look fast. */
const MARGIN = 1.5;
/** A picture that lasted for this time was worth the try. */
const GOOD_S = 60;

export class SoundOnly {
  /** The viewer wants no picture, however good the line is. */
  isChosen: boolean;
  #stalls: number[] = [];
  #stillAtS: number | null = null;
  #isCounted = false;
  #sinceS: number | null = null;
  #triedAtS = Number.NEGATIVE_INFINITY;
  #backAfterS = BACK_AFTER_S;
  /** What the smallest picture needed when it was given up. */
  #pictureBps = 0;

  constructor(isChosen = false) {
    this.isChosen = isChosen;
  }

  /** True when the picture should be given up now. */
  givesUp({ isStill, isStarved, isSmallest, lineBps, neededBps }: Line, nowS: number): boolean {
    if (!isStill || !isSmallest) {
      this.#stillAtS = null;
      this.#isCounted = false;
      return false;
    }
    this.#stillAtS ??= nowS;
    if (nowS - this.#stillAtS < STALL_MIN_S || !isStarved || !(lineBps < ENOUGH * neededBps)) return false; // not the line's doing
    if (!this.#isCounted) this.#stalls = [...this.#stalls.filter((atS) => nowS - atS < STALLS_WITHIN_S), nowS];
    this.#isCounted = true;
    return this.#stalls.length >= STALLS_MAX || nowS - this.#stillAtS >= STALL_MAX_S;
  }

  /** How to load anew, when the picture is to be given up or tried again; null: go on. */
  turn(line: Line, isSoundOnly: boolean, nowS: number): { isSoundOnly: boolean; lineBps: number } | null {
    if (isSoundOnly) {
      const neededBps = this.#pictureBps;
      // Enough for the smallest rung: with less hls.js begins with the middle one.
      return this.isOver({ lineBps: line.lineBps, neededBps }, nowS) ? { isSoundOnly: false, lineBps: SMALLEST_SHARE * neededBps } : null;
    }
    if (!this.givesUp(line, nowS)) return null;
    this.begin(nowS);
    this.#pictureBps = line.neededBps;
    return { isSoundOnly: true, lineBps: SOUND_BPS };
  }

  begin(nowS: number): void {
    const isGood = nowS - this.#triedAtS >= GOOD_S;
    this.#backAfterS = isGood ? BACK_AFTER_S : Math.min(BACK_AFTER_MAX_S, 2 * this.#backAfterS);
    this.#stalls = [];
    this.#stillAtS = null;
    this.#isCounted = false;
    this.#sinceS = nowS;
  }

  /** True when the picture should be tried again. */
  isOver({ lineBps, neededBps }: Measured, nowS: number): boolean {
    if (this.#sinceS === null) return false;
    const wait = lineBps >= MARGIN * neededBps ? EARLY_SHARE * this.#backAfterS : this.#backAfterS;
    return nowS - this.#sinceS >= wait;
  }

  end(nowS: number): void {
    this.#sinceS = null;
    this.#triedAtS = nowS;
  }
}

/** The playlist of the sound, beside that of all rungs. */
export function soundUrl(url: string): string {
  return url.replace(/[^/]*\.m3u8(?=$|\?)/, 'audio.m3u8');
}

export function lineOf({ isStarved, isSmallest, lineBps, neededBps }: Engine): Omit<Line, 'isStill'> {
  return { isStarved, isSmallest, lineBps, neededBps };
}
