/** Giveaways as the timeline tells them. */
import type { GiveawayView } from '../api/schema.ts';
import type { EntryBodies } from './entries.ts';
import { OpeningBook, type Opening } from './openings.ts';

/** Numbers of entries, in order. */
interface Drawn {
  winning: readonly number[];
  reserve: readonly number[];
}

export type Giveaway = Opening<EntryBodies['giveaway.opened'], number, Drawn>;
export type GiveawayBook = OpeningBook<EntryBodies['giveaway.opened'], number, Drawn>;

export function giveawaysOf(snapshot: readonly GiveawayView[], seq: number): GiveawayBook {
  let book: GiveawayBook = new OpeningBook();
  for (const one of snapshot) {
    const { giveaway_id: id, closed_at: closedAt, drawn_at: drawnAt } = one;
    book = book.open(id, one, Date.parse(one.opened_at)).counted(id, one.entries, seq);
    if (closedAt) book = book.close(id, Date.parse(closedAt));
    if (drawnAt) book = book.result(id, { winning: one.winning, reserve: one.reserve }, Date.parse(drawnAt));
  }
  return book;
}
