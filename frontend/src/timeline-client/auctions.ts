/**
 * Auctions. That one is announced or opens belongs to a picture. Bids, a moved end and the close are facts of now while
 * the show is on: nobody may bid by an old price. In a replay, which is history, they belong to their pictures, too.
 */
import type { SnapshotAuction } from '../api/types.ts';
import type { AuctionStanding, EntryBodies } from './entries.ts';
import { Track } from './track.ts';

export type AuctionLook = EntryBodies['auction.announced'];
export type AuctionClose = Pick<EntryBodies['auction.closed'], 'result' | 'price' | 'leader'>;

export interface Auction {
  id: string;
  look: AuctionLook;
  state: 'announced' | 'open' | 'closed';
  standing: AuctionStanding;
  /** Server time of the picture at which it ends; null before it opens. */
  endsMs: number | null;
  /** How it ended; null before. */
  close: AuctionClose | null;
  closedMs: number | null;
}

interface Facts {
  readonly look: AuctionLook;
  readonly announcedMs: number | null;
  readonly openedMs: number | null;
  readonly standing: Track<AuctionStanding>;
  readonly ends: Track<number>;
  readonly close: Track<AuctionClose>;
  /** The picture of the last close. */
  readonly closedMs: number | null;
}

export type AuctionBook = ReadonlyMap<string, Facts>;

interface Told<Body> {
  seq: number;
  at: string;
  picture_at?: string | null;
  body: Body;
}

export function auctionsOf(snapshot: readonly SnapshotAuction[], seq: number, now: string): AuctionBook {
  return new Map(
    snapshot.map((view): [string, Facts] => {
      const { standing, result, state, closed_at, ...look } = view;
      const pictureMs = Date.parse(closed_at ?? now);
      const step = { pictureMs, seq };
      const close: AuctionClose = { result, price: result === 'sold' ? standing.price : null, leader: result === 'sold' ? standing.leader : null };
      return [
        view.auction_id,
        {
          look,
          announcedMs: msOf(view.announced_at),
          openedMs: msOf(view.opened_at),
          standing: new Track<AuctionStanding>().set({ ...step, value: standing }),
          ends: standing.ends_at === null ? new Track<number>() : new Track<number>().set({ ...step, value: Date.parse(standing.ends_at) }),
          close: state === 'closed' ? new Track<AuctionClose>().set({ ...step, value: close }) : new Track<AuctionClose>(),
          closedMs: msOf(closed_at),
        },
      ];
    }),
  );
}

export function withAnnounced(book: AuctionBook, entry: Told<EntryBodies['auction.announced']>): AuctionBook {
  return changed(book, entry.body, { announcedMs: pictureOf(entry) });
}

export function withAuctionOpened(book: AuctionBook, entry: Told<EntryBodies['auction.opened']>): AuctionBook {
  const { standing, ...look } = entry.body;
  const begun = changed(book, look, { openedMs: pictureOf(entry) });
  return withStanding(begun, { ...entry, body: standing }, pictureOf(entry));
}

export function withBid(book: AuctionBook, entry: Told<EntryBodies['auction.bid']>): AuctionBook {
  return withStanding(book, entry, Date.parse(entry.at));
}

export function withExtended(book: AuctionBook, { seq, at, body }: Told<EntryBodies['auction.extended']>): AuctionBook {
  const known = book.get(body.auction_id);
  if (!known) return book;
  const ends = known.ends.set({ pictureMs: Date.parse(at), seq, value: Date.parse(body.ends_at) });
  return new Map(book).set(body.auction_id, { ...known, ends });
}

/** A second close names the next buyer: the first did not pay. */
export function withAuctionClosed(book: AuctionBook, { seq, at, body }: Told<EntryBodies['auction.closed']>): AuctionBook {
  const known = book.get(body.auction_id);
  if (!known) return book;
  const { result, price, leader } = body;
  const close = known.close.set({ pictureMs: Date.parse(at), seq, value: { result, price, leader } });
  return new Map(book).set(body.auction_id, { ...known, close, closedMs: Math.max(known.closedMs ?? 0, Date.parse(at)) });
}

function withStanding(book: AuctionBook, { seq, body }: Told<AuctionStanding>, pictureMs: number): AuctionBook {
  const known = book.get(body.auction_id);
  if (!known) return book;
  const standing = known.standing.set({ pictureMs, seq, value: body });
  const ends = body.ends_at === null ? known.ends : known.ends.set({ pictureMs, seq, value: Date.parse(body.ends_at) });
  return new Map(book).set(body.auction_id, { ...known, standing, ends });
}

function changed(book: AuctionBook, look: AuctionLook, facts: Partial<Facts>): AuctionBook {
  const known = book.get(look.auction_id) ?? {
    look,
    announcedMs: null,
    openedMs: null,
    standing: new Track<AuctionStanding>(),
    ends: new Track<number>(),
    close: new Track<AuctionClose>(),
    closedMs: null,
  };
  return new Map(book).set(look.auction_id, { ...known, ...facts, look });
}

/** Every auction up to this picture. `isHistory`: bids, ends and closes are those of the picture, and not of now. */
export function auctionsAt(book: AuctionBook, pictureMs: number, isHistory: boolean): readonly Auction[] {
  const found: (Auction & { shownMs: number })[] = [];
  for (const facts of book.values()) {
    const shownMs = Math.min(facts.announcedMs ?? Number.POSITIVE_INFINITY, facts.openedMs ?? Number.POSITIVE_INFINITY);
    if (shownMs <= pictureMs) found.push({ ...auctionAt(facts, pictureMs, isHistory), shownMs });
  }
  return found.sort((a, b) => a.shownMs - b.shownMs);
}

function auctionAt(facts: Facts, pictureMs: number, isHistory: boolean): Auction {
  const factsMs = isHistory ? pictureMs : Number.POSITIVE_INFINITY;
  const close = facts.close.at(factsMs) ?? null;
  const isOpen = facts.openedMs !== null && facts.openedMs <= pictureMs;
  return {
    id: facts.look.auction_id,
    look: facts.look,
    state: close ? 'closed' : isOpen ? 'open' : 'announced',
    standing: facts.standing.at(factsMs) ?? standingBefore(facts.look),
    endsMs: isOpen ? (facts.ends.at(factsMs) ?? null) : null,
    close,
    closedMs: close ? facts.closedMs : null,
  };
}

/** Before the first bid. */
function standingBefore({ auction_id, start_amount }: AuctionLook): AuctionStanding {
  return { auction_id, price: start_amount, minimum: start_amount, leader: null, bids: 0, reserve_met: false, buy_now: false, ends_at: null };
}

/** The next picture after this one at which an auction changes. */
export function nextAuctionChange(book: AuctionBook, pictureMs: number, isHistory: boolean): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { announcedMs, openedMs, standing, ends, close } of book.values()) {
    for (const ms of [announcedMs, openedMs]) if (ms !== null && ms > pictureMs) next = Math.min(next, ms);
    if (isHistory) next = Math.min(next, standing.next(pictureMs), ends.next(pictureMs), close.next(pictureMs));
  }
  return next;
}

function pictureOf(entry: { at: string; picture_at?: string | null }): number {
  return Date.parse(entry.picture_at ?? entry.at);
}

function msOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
