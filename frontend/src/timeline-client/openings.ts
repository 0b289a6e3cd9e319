/**
 * What a producer opens and closes at pictures: giveaways, activation points. Opening, close and result belong to a
 * picture; counters, and that it was taken back, are facts of now. In whatever order they become known, the same
 * picture shows the same.
 */

/** `Body`: what the entry that opens it says; `Count`: the latest counters; `Result`: what came of it. */
export interface Opening<Body, Count, Result> {
  id: string;
  body: Body;
  openedMs: number;
  /** The picture at which it closed; null while nobody has closed it. */
  closedMs: number | null;
  /** At this picture it is open. */
  isOpen: boolean;
  /** Nobody has closed it yet: who takes part now counts, as far as we know. */
  isTaking: boolean;
  count: Count | null;
  /** Null before its picture. */
  result: Result | null;
  resultMs: number | null;
}

interface Facts<Body, Count, Result> {
  readonly opened?: { readonly body: Body; readonly ms: number };
  readonly closedMs?: number;
  readonly count?: { readonly seq: number; readonly value: Count };
  readonly result?: { readonly value: Result; readonly ms: number };
  readonly isWithdrawn?: boolean;
}

/** Everything that was opened in a show, of one sort. Each change makes a new book. */
export class OpeningBook<Body, Count, Result> {
  readonly #facts: ReadonlyMap<string, Facts<Body, Count, Result>>;

  constructor(facts: ReadonlyMap<string, Facts<Body, Count, Result>> = new Map()) {
    this.#facts = facts;
  }

  open(id: string, body: Body, ms: number): OpeningBook<Body, Count, Result> {
    return this.#with(id, { opened: { body, ms } });
  }

  close(id: string, closedMs: number): OpeningBook<Body, Count, Result> {
    return this.#with(id, { closedMs });
  }

  counted(id: string, value: Count, seq: number): OpeningBook<Body, Count, Result> {
    return (this.#facts.get(id)?.count?.seq ?? 0) >= seq ? this : this.#with(id, { count: { seq, value } });
  }

  result(id: string, value: Result, ms: number): OpeningBook<Body, Count, Result> {
    return this.#with(id, { result: { value, ms } });
  }

  /** It stays so, also when an older page comes in later. */
  withdraw(id: string): OpeningBook<Body, Count, Result> {
    return new OpeningBook(new Map(this.#facts).set(id, { isWithdrawn: true }));
  }

  /** Everything up to this picture, in the order of opening. */
  at(pictureMs: number): readonly Opening<Body, Count, Result>[] {
    const found: Opening<Body, Count, Result>[] = [];
    for (const [id, facts] of this.#facts) {
      const { opened, closedMs = null, count = null, result = null } = facts;
      if (!opened || opened.ms > pictureMs) continue;
      found.push({
        id,
        body: opened.body,
        openedMs: opened.ms,
        closedMs,
        isOpen: closedMs === null || pictureMs < closedMs,
        isTaking: closedMs === null,
        count: count && count.value,
        result: result && result.ms <= pictureMs ? result.value : null,
        resultMs: result && result.ms,
      });
    }
    return found.sort((a, b) => a.openedMs - b.openedMs);
  }

  /** The next picture after this one at which something opens, closes or has its result. */
  next(pictureMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { opened, closedMs, result } of this.#facts.values()) {
      for (const ms of [opened?.ms, closedMs, result?.ms]) {
        if (ms !== undefined && ms > pictureMs && ms < next) next = ms;
      }
    }
    return next;
  }

  #with(id: string, facts: Facts<Body, Count, Result>): OpeningBook<Body, Count, Result> {
    const known = this.#facts.get(id);
    return known?.isWithdrawn ? this : new OpeningBook(new Map(this.#facts).set(id, { ...known, ...facts }));
  }
}
