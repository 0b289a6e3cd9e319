/**
 * The one mapping between the three clocks of a show. Pure.
 *
 * - a *picture* is a moment on the wall clock, as the recording has it: program date time, ms since 1970;
 * - *show time* is a picture's distance from the show's start, s: in addresses (`?t=`) and the API;
 * - *media time* is a place on the video element's clock, s: the scrubber.
 *
 * While a broadcast is lost, the wall clock goes on and the recording does not, so show time and the place in the
 * recording differ from there on. The playlist's segments say which picture each stretch of media shows.
 */

/** A stretch of media: `startS` on the element's clock shows the picture of `pdtMs`. */
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
 * The place of the picture `pictureMs`. A moment that no media shows (the encoder was gone) is the next one that does;
 * a moment before the window is the window's start.
 */
export function mediaAtPicture(spans: readonly Span[], pictureMs: number): number | null {
  const last = spans.at(-1);
  return last ? (mediaOfStretch(spans, pictureMs, null) ?? last.startS + last.durationS) : null;
}

/** The place of a picture: on the element's clock, and as a clock shows it. */
export interface Place {
  pictureMs: number;
  mediaS: number | null;
  clockS: number;
}

export interface ClockState {
  startedAt: string | null;
  spans: readonly Span[];
  /** The whole show is there to be played, from its first picture on. */
  isRecording: boolean;
}

/** Tells the time of one show: in a recording the place in it, else the show time. */
export class ShowClock {
  readonly #startedMs: number | null;
  readonly #spans: readonly Span[];
  readonly #isRecording: boolean;

  constructor({ startedAt, spans, isRecording }: ClockState) {
    this.#startedMs = startedAt === null ? null : Date.parse(startedAt);
    this.#spans = spans;
    this.#isRecording = isRecording;
  }

  showTimeS(pictureMs: number): number | null {
    return this.#startedMs === null ? null : Math.max(0, (pictureMs - this.#startedMs) / 1000);
  }

  pictureAtShowTime(showTimeS: number): number | null {
    return this.#startedMs === null ? null : this.#startedMs + Math.round(showTimeS * 1000);
  }

  /** The clock's time at `mediaS`; null when it is not known yet. */
  clockAtMedia(mediaS: number): number | null {
    const [first] = this.#spans;
    if (this.#isRecording) return first ? mediaS - first.startS : null;
    const pictureMs = pictureAtMedia(this.#spans, mediaS);
    return pictureMs === null ? null : this.showTimeS(pictureMs);
  }

  /**
   * The way to the pictures from one to another (`null`: from there on). In a recording it begins with the
   * first picture that there is of it; null when the encoder was gone for all of it, or the playlist is not known yet.
   */
  placeOf(fromMs: number, untilMs: number | null = null): Place | null {
    const mediaS = mediaOfStretch(this.#spans, fromMs, untilMs);
    if (!this.#isRecording) return { pictureMs: fromMs, mediaS, clockS: this.showTimeS(fromMs) ?? 0 };
    return mediaS === null ? null : { pictureMs: fromMs, mediaS, clockS: this.clockAtMedia(mediaS) ?? 0 };
  }
}

/** The first place at which media shows a picture of this stretch of the wall clock; null for none. */
function mediaOfStretch(spans: readonly Span[], fromMs: number, untilMs: number | null): number | null {
  const index = lastIndex(spans, (candidate) => candidate.pdtMs <= fromMs);
  const [span, next] = [spans[index], spans[index + 1]];
  if (span && fromMs < span.pdtMs + span.durationS * 1000) return span.startS + (fromMs - span.pdtMs) / 1000;
  return next && (untilMs === null || next.pdtMs < untilMs) ? next.startS : null;
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
