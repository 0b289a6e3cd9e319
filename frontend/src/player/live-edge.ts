/**
 * Keeping a live picture at its distance from now. hls.js catches up only while more than a second is buffered, which
 * at a hold-back of one second is never; so the speed is ours. Pure: how it stands in, how fast to play out.
 */

export interface Standing {
  /** Farther from now than the playlist asks for, in seconds; negative is nearer. */
  behindS: number;
  /** Buffered ahead of the picture, in seconds. */
  aheadS: number;
}

/** Within this of its place nothing is done: speed changes for nothing are heard. */
const CLOSE_ENOUGH_S = 0.1;
/** One part and a little: with less ahead, going faster ends in a stall. */
const AHEAD_MIN_S = 0.45;
/** From this far behind on at full speed; nearer, in proportion. */
const FULL_FROM_S = 1;

/** Playback speed, 1 to `fastest`. */
export function speedFor({ behindS, aheadS }: Standing, fastest: number): number {
  if (behindS < CLOSE_ENOUGH_S || aheadS < AHEAD_MIN_S) return 1;
  const share = Math.min(1, behindS / FULL_FROM_S);
  return Math.round((1 + (fastest - 1) * share) * 100) / 100;
}
