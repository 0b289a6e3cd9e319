/**
 * The older pages of a timeline that a picture needs. A replay begins at the beginning and reads ahead of its picture; who
 * joins a show that is running and looks back reads backwards, as far as they look. The pages are ranges that caches
 * keep; in which order they come makes no difference to what is shown.
 */
import type { Batch } from './entries.ts';
import { RANGE_ENTRIES } from './transports.ts';

/** Of a replay, this much is known ahead of its picture. */
const AHEAD_MS = 600_000;
/** This much before the picture fills the chat. */
const BEHIND_MS = 60_000;
/** Maximum number of pages for one look. */
const PAGES_MAX = 400;

export interface Looking {
  /** The picture; infinity: the last one. */
  pictureMs: number;
  /** The last entry that is known by following. */
  seq: number;
  /** The first entry that is known by following. */
  firstSeq: number;
  isReplay: boolean;
}

export class History {
  readonly #read: (range: number) => Promise<Batch>;
  readonly #take: (batch: Batch) => void;
  readonly #done = new Set<number>();
  #untilMs = Number.NEGATIVE_INFINITY;
  #fromMs = Number.POSITIVE_INFINITY;
  #requested: Looking | null = null;
  #reading: Promise<void> | null = null;

  constructor(read: (range: number) => Promise<Batch>, take: (batch: Batch) => void) {
    this.#read = read;
    this.#take = take;
  }

  /** Read the pages that this picture lacks; cheap when it lacks none. Resolves when they are there, or cannot be had now. */
  cover(looking: Looking): Promise<void> {
    this.#requested = looking;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    try {
      for (let pages = 0; pages < PAGES_MAX && this.#requested; pages += 1) {
        const range = this.#next(this.#requested);
        if (range === null) return;
        await this.#load(range);
      }
    } catch {
      // Asked again at the next look.
    }
  }

  #next({ pictureMs, seq, firstSeq, isReplay }: Looking): number | null {
    const last = Math.floor((seq - 1) / RANGE_ENTRIES);
    if (isReplay) {
      if (this.#untilMs > pictureMs + AHEAD_MS) return null;
      return this.#firstMissing(0, last, 1);
    }
    if (this.#fromMs < pictureMs - BEHIND_MS) return null;
    return this.#firstMissing(Math.min(last, Math.floor((firstSeq - 1) / RANGE_ENTRIES)), 0, -1);
  }

  #firstMissing(from: number, to: number, step: number): number | null {
    for (let range = from; (to - range) * step >= 0; range += step) if (!this.#done.has(range)) return range;
    return null;
  }

  async #load(range: number): Promise<void> {
    const batch = await this.#read(range);
    this.#done.add(range);
    const [first, last] = [batch.entries[0], batch.entries.at(-1)];
    if (first) this.#fromMs = Math.min(this.#fromMs, Date.parse(first.at));
    if (last) this.#untilMs = Math.max(this.#untilMs, Date.parse(last.at));
    this.#take(batch);
  }
}
