/** The work of moderators as they see it of each other, from a show's backstage stream. See `Follower`. */
import type { BackstageBodies, BackstageEntry, Batch } from './entries.ts';
import type { Reducer } from './follower.ts';

const REVIEW_MAX = 500;
const AUDIT_MAX = 200;

export interface ReviewItem {
  id: string;
  seq: number;
  atMs: number;
  of: string;
  targetId: string;
  author: NonNullable<BackstageBodies['review.added']['author']>;
  text: string;
  reason: string;
  detail: string;
  reports: number;
  /** The person who has it open; null for nobody. */
  takenBy: string | null;
}

export type AuditLine = BackstageBodies['audit.logged'] & { seq: number; atMs: number };

export interface BackstageDoc {
  readonly seq: number;
  readonly epoch: string;
  /** The items that wait for a moderator, the oldest first. */
  readonly review: ReadonlyMap<string, ReviewItem>;
  /** The newest first. */
  readonly audit: readonly AuditLine[];
  /** Votes of polls whose tally is hidden from viewers. */
  readonly tallies: ReadonlyMap<string, { votes: readonly number[]; voters: number }>;
  /** Of the last entry about deals. */
  readonly dealsSeq: number;
}

export function backstageFrom(position: { seq: number; epoch: string }): BackstageDoc {
  return { ...position, review: new Map(), audit: [], tallies: new Map(), dealsSeq: 0 };
}

/** The console loads open items and the log by itself, and shows them beside this. */
export const BACKSTAGE: Reducer<BackstageDoc> = {
  begin: (snapshot, before) => {
    const { timeline } = snapshot as { timeline?: { seq: number; epoch: string } };
    return timeline ? backstageFrom({ seq: timeline.seq, epoch: timeline.epoch }) : before;
  },
  apply: (doc, batch: Batch) => {
    if (batch.to <= doc.seq) return doc;
    if (batch.from > doc.seq + 1) return null;
    const fresh = (batch.entries as readonly BackstageEntry[]).filter((entry) => entry.seq > doc.seq);
    return { ...fresh.reduce(applyOne, doc), seq: batch.to };
  },
};

function applyOne(doc: BackstageDoc, entry: BackstageEntry): BackstageDoc {
  switch (entry.kind) {
    case 'review.added':
      return withItem(doc, entry);
    case 'review.taken': {
      const item = doc.review.get(entry.body.item_id);
      return item ? { ...doc, review: new Map(doc.review).set(item.id, { ...item, takenBy: entry.body.by }) } : doc;
    }
    case 'review.decided': {
      const review = new Map(doc.review);
      review.delete(entry.body.item_id);
      return { ...doc, review };
    }
    case 'audit.logged': {
      const line = { ...entry.body, seq: entry.seq, atMs: Date.parse(entry.at) };
      return { ...doc, audit: [line, ...doc.audit].slice(0, AUDIT_MAX) };
    }
    case 'tally.hidden': {
      const { poll_id, votes, voters } = entry.body;
      return { ...doc, tallies: new Map(doc.tallies).set(poll_id, { votes, voters }) };
    }
    case 'deal.counts':
      return { ...doc, dealsSeq: entry.seq };
    default: // a kind of a newer server
      return doc;
  }
}

function withItem(doc: BackstageDoc, entry: Extract<BackstageEntry, { kind: 'review.added' }>): BackstageDoc {
  const { item_id: id, target_id: targetId, author, text, ...rest } = entry.body;
  if (!author || text === undefined) return doc; // taken back since
  const known = { id, targetId, author, text, seq: entry.seq, atMs: Date.parse(entry.at) };
  const review = new Map(doc.review).set(id, { ...rest, ...known, takenBy: doc.review.get(id)?.takenBy ?? null });
  if (review.size > REVIEW_MAX) review.delete([...review.keys()][0] ?? '');
  return { ...doc, review };
}
