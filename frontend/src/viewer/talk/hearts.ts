/**
 * Reactions. The viewer's own taps are seen at once and sent at most once a second, as totals of this page: sending again adds
 * nothing. Others' reactions come as totals up to a picture; the new ones since the last picture float up.
 */
import type { Reactions } from '../../timeline-client/index.ts';

export const REACTIONS = ['heart', 'clap', 'fire', 'laugh', 'wow'] as const;
export type Reaction = (typeof REACTIONS)[number];
export type Counts = Partial<Record<Reaction, number>>;

const SEND_EVERY_MS = 1000;
/** Two pictures that are farther apart are a jump: no reaction between them floats up. */
const JUMP_MS = 5000;
/** Time until a tap is in the counts: it waits to be sent, and for a tick. */
const COUNTED_AFTER_MS = 2000;
const TAPS_KEPT_MAX = 300;
/** This many at once say "many" as well as hundreds would. */
const FLOATS_MAX = 8;

export interface HeartsEnv {
  /** The server's clock, as the pictures have it. */
  now(): number;
  setTimeout(callback: () => void, ms: number): number;
  /** Rejects with something that has `problem.retry_after_s`, or not. */
  send(totals: Counts): Promise<unknown>;
}

export class Hearts {
  readonly #env: HeartsEnv;
  #totals: Counts = {};
  #sent: Counts = {};
  /** The moments of own taps, the last of them. */
  #taps: { sort: Reaction; atMs: number }[] = [];
  /** The viewer's taps that are still to come back in the counts. */
  #unseen: Counts = {};
  #lastMs = Number.NEGATIVE_INFINITY;
  #isBusy = false;
  #timer = 0;
  #before: { pictureMs: number; counts: Reactions } | null = null;

  constructor(env: HeartsEnv) {
    this.#env = env;
  }

  get totals(): Counts {
    return this.#totals;
  }

  tap(sort: Reaction): void {
    this.#totals = { ...this.#totals, [sort]: (this.#totals[sort] ?? 0) + 1 };
    this.#unseen = { ...this.#unseen, [sort]: (this.#unseen[sort] ?? 0) + 1 };
    this.#taps = [...this.#taps, { sort, atMs: this.#env.now() }].slice(-TAPS_KEPT_MAX);
    this.#sendSoon(Math.max(0, this.#lastMs + SEND_EVERY_MS - this.#env.now()));
  }

  /** The reactions that float up at this picture: those that others have given since the picture before. */
  floats(pictureMs: number, counts: Reactions): Counts {
    const before = this.#before;
    this.#before = { pictureMs, counts };
    if (!before || !isNext(before.pictureMs, pictureMs)) {
      this.#unseen = {};
      return {};
    }
    const floats: Counts = {};
    for (const sort of REACTIONS) {
      const added = Math.max(0, (counts[sort] ?? 0) - (before.counts[sort] ?? 0));
      const mine = Math.min(added, this.#unseen[sort] ?? 0);
      if (mine > 0) this.#unseen = { ...this.#unseen, [sort]: (this.#unseen[sort] ?? 0) - mine };
      if (added > mine) floats[sort] = Math.min(FLOATS_MAX, added - mine);
    }
    return floats;
  }

  /** The total, with the viewer's own taps that the counts up to this picture do not hold yet. */
  total(sort: Reaction, counts: Reactions, pictureMs: number): number {
    const own = this.#taps.filter((tap) => tap.sort === sort && tap.atMs > pictureMs - COUNTED_AFTER_MS);
    return (counts[sort] ?? 0) + own.length;
  }

  #sendSoon(inMs: number): void {
    if (this.#timer || this.#isBusy) return;
    this.#timer = this.#env.setTimeout(() => {
      this.#timer = 0;
      void this.#send();
    }, inMs);
  }

  async #send(): Promise<void> {
    const totals = this.#totals;
    this.#isBusy = true;
    this.#lastMs = this.#env.now();
    let againMs = SEND_EVERY_MS;
    try {
      await this.#env.send(totals);
      this.#sent = totals;
    } catch (error) {
      // The totals go again with the next taps: nothing is lost, and nobody is told of a heart that comes late.
      againMs = retryMs(error);
    }
    this.#isBusy = false;
    if (this.#sent !== this.#totals && againMs < Number.POSITIVE_INFINITY) this.#sendSoon(againMs);
  }
}

function isNext(beforeMs: number, nowMs: number): boolean {
  return beforeMs === nowMs || (nowMs > beforeMs && nowMs - beforeMs < JUMP_MS);
}

function retryMs(error: unknown): number {
  const problem = (error as { problem?: { status?: number; retry_after_s?: number } }).problem;
  if (problem?.retry_after_s !== undefined) return problem.retry_after_s * 1000;
  return problem?.status === 0 ? SEND_EVERY_MS * 5 : Number.POSITIVE_INFINITY; // refused: not sent again by itself
}
