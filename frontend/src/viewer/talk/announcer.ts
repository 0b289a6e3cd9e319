/**
 * The choice of what a screen reader hears of a show that never stops talking: one thing at a time, seldom, the important first.
 * Single messages are not read out; now and then, how many there were.
 */
const GAP_MS = 4_000;
const SUMMARY_EVERY_MS = 30_000;
const WAITING_MAX = 4;
/** An announcement that has waited for longer is dropped. */
const STALE_MS = 20_000;

export class Announcer {
  readonly #summary: (count: number) => string;
  #waiting: { text: string; atMs: number }[] = [];
  #unread = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #summaryMs: number;

  constructor(nowMs: number, summary: (count: number) => string) {
    this.#summaryMs = nowMs;
    this.#summary = summary;
  }

  /** A new poll, a pinned comment, an answer of the host. */
  news(text: string, nowMs: number): void {
    if (this.#waiting.some((one) => one.text === text)) return;
    this.#waiting = [...this.#waiting, { text, atMs: nowMs }].slice(-WAITING_MAX);
  }

  /** Messages that were not read out. */
  messages(count: number): void {
    this.#unread += count;
  }

  /** The next announcement; null for none. The caller asks about once a second. */
  next(nowMs: number): string | null {
    if (nowMs - this.#lastMs < GAP_MS) return null;
    this.#waiting = this.#waiting.filter(({ atMs }) => nowMs - atMs < STALE_MS);
    const [first] = this.#waiting;
    if (first) {
      this.#waiting = this.#waiting.slice(1);
      this.#lastMs = nowMs;
      return first.text;
    }
    if (this.#unread === 0 || nowMs - this.#summaryMs < SUMMARY_EVERY_MS) return null;
    const text = this.#summary(this.#unread);
    this.#unread = 0;
    this.#lastMs = nowMs;
    this.#summaryMs = nowMs;
    return text;
  }
}
