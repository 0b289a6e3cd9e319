/**
 * The value of something at each picture: the pinned comment, the banner, the hearts so far.
 *
 * The value at a picture is the last one that was told for a picture up to it. So it makes no difference in which
 * order entries and older pages come in: live, late or backwards, the same picture is the same.
 */
import { SortedList } from './sorted-list.ts';

export interface Step<T> {
  pictureMs: number;
  seq: number;
  value: T;
}

export class Track<T> {
  readonly #steps: SortedList<Step<T>>;
  readonly #everyMs: number;

  /** `everyMs`: of several steps within such a time only the last is kept; 0 keeps each. */
  constructor(everyMs = 0, steps: SortedList<Step<T>> = new SortedList<Step<T>>((a, b) => a.pictureMs - b.pictureMs)) {
    this.#everyMs = everyMs;
    this.#steps = steps;
  }

  get length(): number {
    return this.#steps.length;
  }

  set(step: Step<T>): Track<T> {
    const place = this.#steps.lowerBound((one) => one.pictureMs > step.pictureMs);
    const [before, after] = [this.#steps.at(place - 1), this.#steps.at(place)];
    if (before && before.seq >= step.seq) return this; // something later was said for an earlier picture
    if (after && after.seq > step.seq && this.#isSoon(step, after)) return this;
    // What this one takes the place of stands in a row: those for the same picture or soon before, and earlier words
    // for later pictures.
    let [from, to] = [place, place];
    while (this.#isReplaced(this.#steps.at(from - 1), step)) from -= 1;
    while ((this.#steps.at(to)?.seq ?? Number.POSITIVE_INFINITY) < step.seq) to += 1;
    return new Track(this.#everyMs, this.#steps.withoutRange(from, to).with([step]));
  }

  /** The value at a picture; undefined before the first that is known. */
  at(pictureMs: number): T | undefined {
    return this.#steps.at(this.#steps.lowerBound((step) => step.pictureMs > pictureMs) - 1)?.value;
  }

  /** The next picture after this one at which it may be another; infinity when there is none. */
  next(pictureMs: number): number {
    return this.#steps.at(this.#steps.lowerBound((step) => step.pictureMs > pictureMs))?.pictureMs ?? Number.POSITIVE_INFINITY;
  }

  /** The same with other values, for entries that were taken back. */
  map(change: (value: T) => T): Track<T> {
    const steps = this.#steps.map((step) => {
      const value = change(step.value);
      return value === step.value ? step : { ...step, value };
    });
    return steps === this.#steps ? this : new Track(this.#everyMs, steps);
  }

  #isReplaced(earlier: Step<T> | undefined, step: Step<T>): boolean {
    return earlier !== undefined && (earlier.pictureMs === step.pictureMs || this.#isSoon(earlier, step));
  }

  #isSoon(one: Step<T>, other: Step<T>): boolean {
    return this.#everyMs > 0 && Math.floor(one.pictureMs / this.#everyMs) === Math.floor(other.pictureMs / this.#everyMs);
  }
}
