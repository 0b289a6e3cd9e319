/**
 * Deals. Announcement, opening and end belong to pictures: a viewer who is behind has as much longer. How many units are
 * left, and that a deal was taken back, are facts of now.
 */
import type { SnapshotDeal } from '../api/types.ts';
import type { EntryBodies } from './entries.ts';

export type DealGoods = EntryBodies['deal.opened']['goods'][number];

export interface Deal {
  id: string;
  title: string;
  goods: readonly DealGoods[];
  currency: string;
  unitsMax: number | null;
  perPerson: number | null;
  /** Units that there really are; null without a limit. */
  left: number | null;
  /** Pictures, ms: from one it opens, at the other it is over. */
  opensMs: number;
  endsMs: number;
  windowMs: number;
  /** At this picture. */
  phase: 'soon' | 'open' | 'over';
  isLimited: boolean;
}

interface Facts {
  readonly card?: EntryBodies['deal.opened'];
  readonly cardSeq: number;
  readonly shownMs: number;
  readonly left: { seq: number; left: number | null } | null;
  readonly ended: { seq: number; ms: number } | null;
  readonly isWithdrawn: boolean;
}

export type DealBook = ReadonlyMap<string, Facts>;

interface Told<Body> {
  seq: number;
  at: string;
  picture_at?: string | null;
  body: Body;
}

/** So long, in pictures, the end of a deal stays to be seen; by whoever has asked for a unit, for its window longer: until it is decided. */
export const OVER_SHOWN_MS = 8_000;
const NOTHING: Facts = { cardSeq: 0, shownMs: Number.POSITIVE_INFINITY, left: null, ended: null, isWithdrawn: false };

export function dealsOf(snapshot: readonly SnapshotDeal[], seq: number): DealBook {
  return new Map(
    snapshot.map((deal): [string, Facts] => {
      const ended = deal.ended_at === null ? null : { seq, ms: Date.parse(deal.ended_at) };
      const left = { seq, left: deal.left };
      return [deal.deal_id, { card: deal, cardSeq: seq, shownMs: Date.parse(deal.shown_at), left, ended, isWithdrawn: false }];
    }),
  );
}

/** Announced, or open; again, when the end was taken back. */
export function withDeal(book: DealBook, { seq, at, picture_at: picture, body }: Told<EntryBodies['deal.opened']>): DealBook {
  return changed(book, body.deal_id, (known) => {
    const shownMs = Math.min(known.shownMs, Date.parse(picture ?? at));
    if (seq < known.cardSeq) return { ...known, shownMs };
    const isNewer = (known.left?.seq ?? 0) < seq;
    const ended = known.ended && known.ended.seq > seq ? known.ended : null;
    return { ...known, card: body, cardSeq: seq, shownMs, left: isNewer ? { seq, left: body.left } : known.left, ended };
  });
}

export function withDealLeft(book: DealBook, { seq, body }: Told<EntryBodies['deal.changed']>): DealBook {
  return changed(book, body.deal_id, (known) => ((known.left?.seq ?? 0) < seq ? { ...known, left: { seq, left: body.left } } : known));
}

export function withDealEnded(book: DealBook, { seq, body }: Told<EntryBodies['deal.ended']>): DealBook {
  return changed(book, body.deal_id, (known) => (known.cardSeq > seq ? known : { ...known, ended: { seq, ms: Date.parse(body.ended_at) } }));
}

export function withDealWithdrawn(book: DealBook, id: string): DealBook {
  return changed(book, id, (known) => ({ ...known, isWithdrawn: true }));
}

function changed(book: DealBook, id: string, change: (known: Facts) => Facts): DealBook {
  return new Map(book).set(id, change(book.get(id) ?? NOTHING));
}

/** The deals to be seen at this picture, the one that ends first before the others. */
export function dealsAt(book: DealBook, pictureMs: number): readonly Deal[] {
  if (!Number.isFinite(pictureMs)) return [];
  const deals: Deal[] = [];
  for (const facts of book.values()) {
    const end = endOf(facts);
    if (facts.card && end !== null && facts.shownMs <= pictureMs && pictureMs < goneMs(facts.card, end)) {
      deals.push(dealAt(facts.card, facts.left?.left ?? null, end, pictureMs));
    }
  }
  return deals.sort((a, b) => a.endsMs - b.endsMs);
}

function endOf({ card, ended, isWithdrawn }: Facts): number | null {
  if (!card || isWithdrawn) return null;
  const planned = Date.parse(card.ends_at);
  return ended ? Math.min(planned, ended.ms) : planned;
}

function goneMs(card: EntryBodies['deal.opened'], endsMs: number): number {
  return endsMs + OVER_SHOWN_MS + (isLimited(card) ? card.window_ms : 0);
}

function isLimited({ units_max: inAll, per_person: each }: EntryBodies['deal.opened']): boolean {
  return inAll !== null || each !== null;
}

function dealAt(card: EntryBodies['deal.opened'], left: number | null, endsMs: number, pictureMs: number): Deal {
  const opensMs = Date.parse(card.opens_at);
  return {
    id: card.deal_id, title: card.title, goods: card.goods, currency: card.currency,
    unitsMax: card.units_max, perPerson: card.per_person, left, opensMs, endsMs, windowMs: card.window_ms,
    phase: pictureMs >= endsMs ? 'over' : pictureMs >= opensMs ? 'open' : 'soon',
    isLimited: isLimited(card),
  };
}

/** The next picture after this one at which a deal comes, opens, ends or goes. */
export function nextDealChange(book: DealBook, pictureMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const facts of book.values()) {
    const end = endOf(facts);
    if (!facts.card || end === null) continue;
    for (const ms of [facts.shownMs, Date.parse(facts.card.opens_at), end, goneMs(facts.card, end)]) {
      if (ms > pictureMs && ms < next) next = ms;
    }
  }
  return next;
}
