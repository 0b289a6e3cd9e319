/**
 * A long sorted list of which a changed copy shares almost everything with the one before: adding to 20,000 messages
 * copies one piece of a few hundred, not all of them.
 */

const PIECE_MAX = 256;

export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #pieces: readonly (readonly T[])[];
  /** The index of each piece's first item. */
  readonly #starts: readonly number[];
  readonly length: number;

  /** `pieces` are not empty, each sorted, and in order. */
  constructor(compare: (a: T, b: T) => number, pieces: readonly (readonly T[])[] = []) {
    this.#compare = compare;
    this.#pieces = pieces;
    let length = 0;
    this.#starts = pieces.map((piece) => {
      const start = length;
      length += piece.length;
      return start;
    });
    this.length = length;
  }

  static of<T>(items: Iterable<T>, compare: (a: T, b: T) => number): SortedList<T> {
    return new SortedList(compare).with([...items]);
  }

  /** With these items, which come in any order. */
  with(items: readonly T[]): SortedList<T> {
    if (items.length === 0) return this;
    const sorted = [...items].sort(this.#compare);
    const added = new Map<number, T[]>();
    for (const item of sorted) {
      const place = this.#pieceFor(item);
      const group = added.get(place);
      if (group) group.push(item);
      else added.set(place, [item]);
    }
    if (this.#pieces.length === 0) return this.#made(inPieces(sorted));
    const pieces = this.#pieces.flatMap((piece, place) => {
      const group = added.get(place);
      return group ? inPieces(this.#merged(piece, group)) : [piece];
    });
    return this.#made(pieces);
  }

  /** Without the items for which `isGone` holds; the same list when there are none. */
  without(isGone: (item: T) => boolean): SortedList<T> {
    const pieces = this.#pieces.map((piece) => (piece.some(isGone) ? piece.filter((item) => !isGone(item)) : piece));
    return pieces.every((piece, place) => piece === this.#pieces[place]) ? this : this.#made(pieces.filter((piece) => piece.length > 0));
  }

  /** Without the items from one index up to another. */
  withoutRange(from: number, to: number): SortedList<T> {
    if (to <= from) return this;
    const pieces = this.#pieces.flatMap((piece, place) => {
      const start = this.#starts[place] ?? 0;
      if (start >= to || start + piece.length <= from) return [piece];
      const left = [...piece.slice(0, Math.max(0, from - start)), ...piece.slice(to - start)];
      return left.length > 0 ? [left] : [];
    });
    return this.#made(pieces);
  }

  /** With other items in place of some, which keep their order; the same list when nothing is another. */
  map(change: (item: T) => T): SortedList<T> {
    let isSame = true;
    const pieces = this.#pieces.map((piece) => {
      const changed = piece.map(change);
      if (changed.every((item, place) => item === piece[place])) return piece;
      isSame = false;
      return changed;
    });
    return isSame ? this : this.#made(pieces);
  }

  /** At most about the last `max`: whole pieces go from the front, so that the next thousand adds cost nothing more. */
  lastAbout(max: number): SortedList<T> {
    const first = this.#starts.findIndex((start) => this.length - start <= max);
    return this.length <= max || first <= 0 ? this : this.#made(this.#pieces.slice(first));
  }

  at(index: number): T | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const place = this.#pieceAt(index);
    return this.#pieces[place]?.[index - (this.#starts[place] ?? 0)];
  }

  slice(from: number, to: number): T[] {
    const items: T[] = [];
    if (to <= from) return items;
    for (let place = this.#pieceAt(Math.max(0, from)); place < this.#pieces.length; place += 1) {
      const start = this.#starts[place] ?? 0;
      if (start >= to) break;
      items.push(...(this.#pieces[place] ?? []).slice(Math.max(0, from - start), to - start));
    }
    return items;
  }

  /** The index of the first item for which `isAfter` holds; it holds for all items from some item on. */
  lowerBound(isAfter: (item: T) => boolean): number {
    const place = lowerBound(this.#pieces, (piece) => isAfter(piece.at(-1) as T));
    const piece = this.#pieces[place];
    return piece ? (this.#starts[place] ?? 0) + lowerBound(piece, isAfter) : this.length;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const piece of this.#pieces) yield* piece;
  }

  #made(pieces: readonly (readonly T[])[]): SortedList<T> {
    return new SortedList(this.#compare, pieces);
  }

  #pieceFor(item: T): number {
    const place = lowerBound(this.#pieces, (piece) => this.#compare(piece.at(-1) as T, item) >= 0);
    return Math.min(place, Math.max(0, this.#pieces.length - 1));
  }

  #pieceAt(index: number): number {
    return Math.max(0, lowerBound(this.#starts, (start) => start > index) - 1);
  }

  #merged(piece: readonly T[], group: readonly T[]): T[] {
    const last = piece.at(-1);
    if (last !== undefined && this.#compare(last, group[0] as T) <= 0) return [...piece, ...group];
    return [...piece, ...group].sort(this.#compare);
  }
}

function inPieces<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length <= PIECE_MAX) return [items];
  const pieces: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += PIECE_MAX / 2) pieces.push(items.slice(from, from + PIECE_MAX / 2));
  return pieces;
}

/** The index of the first item for which `isAfter` holds, in a list where it holds from some item on. */
export function lowerBound<T>(items: readonly T[], isAfter: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
