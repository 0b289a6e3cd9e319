/**
 * The captions of one language, each at its pictures. Pure: no clock, no network.
 *
 * Whoever writes captions live hears the words first and sends them some seconds later. A viewer close to the live edge
 * is past these pictures by then, so such a caption is shown as it comes, for as long as it would have been.
 */
import type { CaptionView } from '../../api/schema.ts';
import type { RawEntry } from '../../timeline-client/entries.ts';

export type { CaptionView };

export interface Caption {
  id: string;
  text: string;
  /** Its pictures. */
  startMs: number;
  endMs: number;
  /** The pictures at which this viewer sees it. */
  fromMs: number;
  untilMs: number;
}

/** A late caption waits for the one before it, but never longer than this behind its viewer's picture. */
const WAIT_MAX_MS = 4_000;
/** A viewer who is further past a caption's pictures than this has looked at other ones: it keeps its place. */
const LATE_MAX_MS = 20_000;
/** More captions than this never lie between a picture and the beginning of one that is still shown. */
const OVERLAP_MAX = 40;

export class CaptionBook {
  readonly language: string;
  /** By `startMs`. */
  #captions: Caption[];
  #known: Set<string>;
  #appliedSeq: number;
  #lastUntilMs = Number.NEGATIVE_INFINITY;
  /** A file has given this language other captions: the list has to be read again. */
  isOutdated = false;

  /** `seq`: of the last entry that had come when the list was asked for, so that the list says the same or more. */
  constructor(language: string, list: readonly CaptionView[], seq = 0) {
    this.language = language;
    this.#appliedSeq = seq;
    this.#captions = list.map(captionOf);
    this.#known = new Set(this.#captions.map(({ id }) => id));
  }

  /** All captions, by their pictures. */
  get captions(): readonly Caption[] {
    return this.#captions;
  }

  /** Take the entries that came since; `pictureMs`: the picture that the viewer sees now. */
  apply(entries: readonly RawEntry[], pictureMs: number | null): void {
    const fresh = entries.filter(({ seq }) => seq > this.#appliedSeq);
    for (const { kind, body, seq } of fresh) {
      this.#appliedSeq = Math.max(this.#appliedSeq, seq);
      if (kind === 'caption.shown') this.#say(body as Partial<CaptionView> & { language?: string }, pictureMs);
      else if (kind === 'caption.changed') this.#change(body as { caption_id: string; text: string | null });
      else this.isOutdated ||= (body as { language?: string }).language === this.language;
    }
  }

  /** The caption that is shown at a picture: of two, the one that began last. */
  at(pictureMs: number): Caption | null {
    const end = this.#after(pictureMs);
    let found: Caption | null = null;
    for (const caption of this.#captions.slice(Math.max(0, end - OVERLAP_MAX), end)) {
      if (caption.fromMs <= pictureMs && pictureMs < caption.untilMs && caption.fromMs >= (found?.fromMs ?? 0)) found = caption;
    }
    return found;
  }

  /** The captions up to a picture in which all these words stand, in any order. */
  find(words: string, untilMs: number): Caption[] {
    const wanted = plain(words).split(/\s+/).filter(Boolean);
    const spoken = this.#captions.slice(0, this.#after(untilMs));
    return spoken.filter(({ text }) => wanted.every((word) => plain(text).includes(word)));
  }

  #say({ caption_id: id, language, text, starts_at, ends_at }: Partial<CaptionView> & { language?: string }, pictureMs: number | null): void {
    if (language !== this.language || !id || !text || !starts_at || !ends_at || this.#known.has(id)) return;
    const caption = this.#placed(captionOf({ caption_id: id, text, starts_at, ends_at }), pictureMs);
    this.#known.add(id);
    this.#captions.splice(this.#after(caption.startMs), 0, caption);
  }

  #placed(caption: Caption, pictureMs: number | null): Caption {
    if (pictureMs === null || !Number.isFinite(pictureMs)) return caption;
    const lateMs = pictureMs - caption.startMs;
    if (lateMs <= 0 || lateMs > LATE_MAX_MS) return caption;
    const fromMs = Math.max(pictureMs, Math.min(this.#lastUntilMs, pictureMs + WAIT_MAX_MS));
    const untilMs = fromMs + caption.endMs - caption.startMs;
    this.#lastUntilMs = untilMs;
    return { ...caption, fromMs, untilMs };
  }

  #change({ caption_id: id, text }: { caption_id: string; text: string | null }): void {
    this.#captions = this.#captions.flatMap((one) => (one.id !== id ? [one] : text === null ? [] : [{ ...one, text }]));
  }

  /** The index of the first caption that begins after a picture. */
  #after(pictureMs: number): number {
    let [low, high] = [0, this.#captions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#captions[middle] as Caption).startMs > pictureMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function captionOf({ caption_id: id, text, starts_at, ends_at }: CaptionView): Caption {
  const [startMs, endMs] = [Date.parse(starts_at), Date.parse(ends_at)];
  return { id, text, startMs, endMs, fromMs: startMs, untilMs: endMs };
}

/** Without accents and capitals: *creme* finds *Crème*. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
