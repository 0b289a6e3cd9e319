/**
 * Going back beyond the live window: the show so far has playlists of its own (`rewind/`), which a player changes to and
 * leaves again at the live edge. Pure.
 */
import type { Span } from './picture-time.ts';

/** Nearer to now than this, a faster playback has caught up: the live window takes over. */
export const CAUGHT_UP_S = 4;
/** From now to the picture that a live player shows. */
export const LIVE_LATENCY_S = 1.3;
/** A place that is wrong by more is corrected by loading again. */
export const BEGIN_WITHIN_S = 1;

/** The playlist of the show so far, beside that of the live window. */
export function rewindUrl(url: string): string {
  return url.replace(/[^/]*\.m3u8(?=$|\?)/, 'rewind/$&');
}

/** The start of the show on the element's clock, which lies before the live window; null when nobody knows it. */
export function showStartS(spans: readonly Span[], startedMs: number | null): number | null {
  const [first] = spans;
  return first && startedMs !== null ? first.startS - Math.max(0, (first.pdtMs - startedMs) / 1000) : null;
}

/** The place of a picture from before the live window, on the element's clock; null for one that the window has. */
export function earlierS(spans: readonly Span[], pictureMs: number): number | null {
  const [first] = spans;
  return first && pictureMs < first.pdtMs ? first.startS - (first.pdtMs - pictureMs) / 1000 : null;
}

/** Nearer to the start of a live window that moves on, a picture is about to leave it. */
export const LEAVING_S = 5;

export interface Rewound {
  pictureMs: number;
  /** The start of the show; null: it cannot be rewound. */
  startMs: number | null;
  marginS: number;
}

/** True for a picture that the live window has no longer, or not with this margin. A window that has all of the show loses nothing. */
export function isBeforeWindow(spans: readonly Span[], { pictureMs, startMs, marginS }: Rewound): boolean {
  const [first] = spans;
  if (!first || startMs === null || first.pdtMs - startMs < 1000 * BEGIN_WITHIN_S) return false;
  return pictureMs < first.pdtMs + 1000 * marginS;
}

/** The rewinding of one player. */
export class Rewind {
  /** The whole show so far is played, not the window behind the live edge. */
  isOn = false;
  /** The speed that the viewer chose. */
  speed = 1;
  readonly #showStartMs: () => number | null;
  /** The picture to begin with, until its place is known. */
  #wantedMs: number | null = null;

  constructor(showStartMs: () => number | null) {
    this.#showStartMs = showStartMs;
  }

  url(url: string): string {
    return this.isOn ? rewindUrl(url) : url;
  }

  /** Return the place to begin at, as far as it is known. */
  begin(pictureMs: number): number {
    this.isOn = true;
    this.#wantedMs = pictureMs;
    return estimatedS(pictureMs, this.#showStartMs());
  }

  /** True when it was on. */
  end(): boolean {
    const wasOn = this.isOn;
    this.isOn = false;
    this.#wantedMs = null;
    this.speed = 1;
    return wasOn;
  }

  /** The place to begin at instead, told once, when the playlist puts the picture elsewhere: broadcasts were lost before it. */
  correction(placeOf: (pictureMs: number) => number | null, beganS: number | null): number | null {
    const placeS = this.#wantedMs === null ? null : placeOf(this.#wantedMs);
    if (placeS === null) return null;
    this.#wantedMs = null;
    return Math.abs(placeS - (beganS ?? 0)) > BEGIN_WITHIN_S ? placeS : null;
  }

  /** Of a live picture: whether this one is not in its window any more, or about to leave it. */
  isBefore(spans: readonly Span[], pictureMs: number, marginS = 0): boolean {
    return !this.isOn && isBeforeWindow(spans, { pictureMs, startMs: this.#showStartMs(), marginS });
  }

  /** The start of what can be sought in a live show, on the element's clock. */
  startS(spans: readonly Span[], windowS: number): number {
    return this.isOn ? windowS : Math.min(windowS, showStartS(spans, this.#showStartMs()) ?? windowS);
  }
}

/** Where a picture lies in the show so far, before its playlist is known: later than it is when broadcasts were lost. */
export function estimatedS(pictureMs: number, startedMs: number | null): number {
  return startedMs === null ? 0 : Math.max(0, (pictureMs - startedMs) / 1000);
}
