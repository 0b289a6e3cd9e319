/** Activation points as the timeline tells them. */
import type { ActivationView } from '../api/schema.ts';
import type { EntryBodies } from './entries.ts';
import { OpeningBook, type Opening } from './openings.ts';

interface Taken {
  taken: number;
  /** Slots, or `all`, without a place left. */
  full: readonly string[];
}

export type Activation = Opening<EntryBodies['activation.opened'], Taken, never>;
export type ActivationBook = OpeningBook<EntryBodies['activation.opened'], Taken, never>;

export function activationsOf(snapshot: readonly ActivationView[], seq: number): ActivationBook {
  let book: ActivationBook = new OpeningBook();
  for (const one of snapshot) {
    const { activation_id: id, taken, full, closed_at: closedAt } = one;
    book = book.open(id, one, Date.parse(one.opened_at)).counted(id, { taken, full }, seq);
    if (closedAt) book = book.close(id, Date.parse(closedAt));
  }
  return book;
}
