/** The level of a piece of sound, as a meter shows it. No DOM. */

/** The quietest level that the meter shows. */
export const FLOOR_DB = -60;
/** Below this level nobody hears a voice: the microphone is off, or far away. */
export const SILENCE_DB = -50;
/** Above this level the sound is close to being cut. */
export const HOT_DB = -3;
/** A peak falls by so much in a second, so that an eye can follow it. */
const FALL_DB_PER_S = 24;

/** The highest peak of the samples in dBFS, at least `FLOOR_DB`. */
export function peakDb(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(peak)) : FLOOR_DB;
}

/** The needle of the meter: it rises at once and falls slowly, and counts how long it has been silent. */
export class Needle {
  db = FLOOR_DB;
  silentS = 0;

  feed(db: number, elapsedS: number): void {
    this.db = Math.max(db, this.db - FALL_DB_PER_S * elapsedS, FLOOR_DB);
    this.silentS = db < SILENCE_DB ? this.silentS + elapsedS : 0;
  }

  /** The level from 0 to 1, for drawing. */
  get share(): number {
    return Math.min(1, (this.db - FLOOR_DB) / -FLOOR_DB);
  }
}
