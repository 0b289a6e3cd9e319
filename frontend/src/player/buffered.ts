/** What an element has buffered around its picture. */

/** Less than this ahead, and no frame follows: the buffer has run out. */
const DRY_BELOW_S = 0.15;

/** The end of the buffer around the picture. */
export function bufferedEnd({ currentTime, buffered }: HTMLVideoElement): number {
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= currentTime + DRY_BELOW_S && buffered.end(i) > currentTime) return buffered.end(i);
  }
  return currentTime;
}

export function hasRunOut(video: HTMLVideoElement): boolean {
  if (video.ended || video.seeking || (video.readyState >= 3 && !video.paused)) return false;
  const { currentTime, buffered } = video;
  for (let i = 0; i < buffered.length; i += 1) {
    if (buffered.start(i) <= currentTime + DRY_BELOW_S && buffered.end(i) > currentTime + DRY_BELOW_S) return false;
  }
  return true;
}
