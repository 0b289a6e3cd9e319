/** What someone is told of their answer to a quiz. Pure. */
export type Verdict = 'right' | 'partly-right' | 'wrong';

/** Right are exactly the right ones: one of two is not all, and ticking everything is no knowing. */
export function verdictOf(right: readonly number[], mine: readonly number[]): Verdict {
  const hits = mine.filter((one) => right.includes(one)).length;
  if (hits === 0) return 'wrong';
  return hits === right.length && hits === mine.length ? 'right' : 'partly-right';
}
