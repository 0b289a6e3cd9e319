/**
 * Cuts what a recogniser hears into captions. It hears a growing guess at a sentence and at last its final words; viewers
 * want the words soon, and few at a time. Pure.
 */
export interface SpokenCaption {
  /** The same id with other words corrects the caption. */
  readonly cueId: string;
  readonly text: string;
  /** When its first word was heard, in the clock of `hear`. */
  readonly startsAtMs: number;
}

interface Heard {
  /** When each word was first there. */
  readonly seenMs: number[];
  /** After which word each caption ends. */
  readonly cuts: number[];
  readonly said: string[];
}

export const CHARS_MAX = 80;
/** The end of a guess still changes. */
export const UNSTABLE_WORDS = 2;
export const WORDS_MIN = 3;
/** The first word of a caption waits no longer for the next ones. */
export const SAY_AFTER_MS = 1200;

export class Cutter {
  readonly #prefix: string;
  readonly #heard = new Map<number, Heard>();

  /** `prefix` begins the ids of cues: each run of a recogniser counts its sentences anew. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Takes the words of a sentence as they are known now; returns new captions, and those with other words. */
  hear(sentence: number, transcript: string, isFinal: boolean, atMs: number): SpokenCaption[] {
    const words = transcript.split(/\s+/u).filter(Boolean);
    const heard = this.#heard.get(sentence) ?? { seenMs: [], cuts: [], said: [] };
    this.#heard.set(sentence, heard);
    while (heard.seenMs.length < words.length) heard.seenMs.push(atMs);
    const stable = isFinal ? words.length : Math.max(0, words.length - UNSTABLE_WORDS);
    for (let end = nextCut(heard, words, stable, isFinal, atMs); end > 0; end = nextCut(heard, words, stable, isFinal, atMs)) heard.cuts.push(end);
    const found = this.#changed(sentence, heard, words);
    if (isFinal) this.#heard.delete(sentence);
    return found;
  }

  #changed(sentence: number, heard: Heard, words: readonly string[]): SpokenCaption[] {
    const found: SpokenCaption[] = [];
    heard.cuts.forEach((end, n) => {
      const start = heard.cuts[n - 1] ?? 0;
      const isLast = n === heard.cuts.length - 1;
      const text = words.slice(start, isLast ? end : Math.min(end, words.length)).join(' ');
      if (!text || text === heard.said[n]) return;
      heard.said[n] = text;
      found.push({ cueId: `${this.#prefix}-${sentence}-${n}`, text, startsAtMs: heard.seenMs[start] ?? 0 });
    });
    return found;
  }
}

/** After which word the next caption ends; 0 while it is not to be said. */
function nextCut({ seenMs, cuts }: Heard, words: readonly string[], stable: number, isFinal: boolean, atMs: number): number {
  const start = cuts.at(-1) ?? 0;
  if (stable <= start) return 0;
  const full = fitting(words, start);
  if (full < stable) return full;
  if (isFinal) return stable;
  const hasWaited = atMs - (seenMs[start] ?? atMs) >= SAY_AFTER_MS;
  return hasWaited && stable - start >= WORDS_MIN ? stable : 0;
}

/** After which word a caption that begins with `start` is full; one long word is a caption. */
function fitting(words: readonly string[], start: number): number {
  let chars = -1;
  for (let n = start; n < words.length; n += 1) {
    chars += 1 + (words[n]?.length ?? 0);
    if (chars > CHARS_MAX) return Math.max(n, start + 1);
  }
  return words.length;
}
