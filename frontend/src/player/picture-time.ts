/**
 * Between media time (seconds, the video element's clock) and picture time (program date time, ms since 1970).
 * The playlist's segments say which wall-clock moment each stretch of media shows. Pure.
 */

/** A stretch of media: `startS` on the element's clock shows what happened at `pdtMs`. */
export interface Span {
  startS: number;
  durationS: number;
  pdtMs: number;
}

/** The picture that is shown at `mediaS`, or null where nothing is known. */
export function pictureAtMedia(spans: readonly Span[], mediaS: number): number | null {
  const span = spans[lastIndex(spans, (candidate) => candidate.startS <= mediaS)] ?? spans[0];
  return span ? span.pdtMs + (mediaS - span.startS) * 1000 : null;
}

/**
 * Where the picture `pictureMs` is. A moment that no media shows (the encoder was gone) is the next one that does;
 * a moment before the window is the window's start.
 */
export function mediaAtPicture(spans: readonly Span[], pictureMs: number): number | null {
  const index = lastIndex(spans, (candidate) => candidate.pdtMs <= pictureMs);
  const span = spans[index] ?? spans[0];
  if (!span) return null;
  if (index < 0) return span.startS;
  const intoS = (pictureMs - span.pdtMs) / 1000;
  const next = spans[index + 1];
  return intoS > span.durationS && next ? next.startS : span.startS + Math.min(intoS, span.durationS);
}

/** The last item for which `holds` is true, in a list where it is true up to some item; -1 for none. */
function lastIndex(spans: readonly Span[], holds: (span: Span) => boolean): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(spans[middle] as Span)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
