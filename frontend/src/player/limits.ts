/** Times, distances and rates of the player. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8_000;
const RETRIES_MAX = 40;
export const CHECK_EVERY_MS = 250;
/** Time that hls.js has to find returned media by itself before it is set up again. */
export const MEDIA_BACK_WAIT_MS = 4_000;
/** A picture farther behind than this is not live any more: the pill offers the way back. */
export const LIVE_WITHIN_S = 4;
/** A move back by more than this is a person's: ours only go forward. */
export const MOVED_BACK_S = 1;
/** Assumed bit rate of the sound alone, before anything was measured. */
export const SOUND_BPS = 150_000;
/** The bit rate that hls.js takes for enough, in shares of the smallest rung's. */
export const SMALLEST_SHARE = 1.2;
/** A tenth faster is not heard. */
export const CATCH_UP_SPEED = 1.1;

/** How long to wait before the next try: longer each time, and a little by chance; null when there were enough. */
export function retryInMs(retries: number): number | null {
  if (retries >= RETRIES_MAX) return null;
  const ceilingMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** retries);
  return ceilingMs / 2 + Math.random() * (ceilingMs / 2);
}
