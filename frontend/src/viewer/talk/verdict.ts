/** The verdict on an answer to a quiz. Pure. */
export type Verdict = 'right' | 'partly-right' | 'wrong';

/** An answer is right when it has exactly the right options: one of two is not enough, and all of them are too many. */
export function verdictOf(right: readonly number[], mine: readonly number[]): Verdict {
  const hits = mine.filter((one) => right.includes(one)).length;
  if (hits === 0) return 'wrong';
  return hits === right.length && hits === mine.length ? 'right' : 'partly-right';
}
