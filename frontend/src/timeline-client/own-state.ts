/** The personal stream of one person: the outcome of a message, a question, an order; a warning, a time-out, an offer. */
import type { Batch, PrivateBodies, PrivateEntry } from './entries.ts';

/** Older news is gone from the list; the mails and the order pages have it. */
const NEWS_MAX = 50;
const DECIDED_MAX = 50;

/** A message or a question of this person that a moderator has to look at first. */
export interface Held {
  messageId: string;
  clientId: string;
  state: 'held' | 'approved' | 'declined' | 'expired';
  note: string;
  seq: number;
}

const NEWS = ['question.news', 'order.news', 'offer.made', 'statement.made', 'prize.offered', 'prize.lapsed', 'auction.outbid', 'auction.offer', 'auction.offer_over', 'reservation.made', 'comment.refused'] as const;
/** The kinds of reservations that no news of their own tells of. */
const ASKED_FOR: readonly string[] = ['wait', 'comment'];
export type News = Extract<PrivateEntry, { kind: (typeof NEWS)[number] }>;

export interface OwnState {
  /** Of the person's own stream. */
  readonly seq: number;
  /** By message id. */
  readonly held: ReadonlyMap<string, Held>;
  /** The last one that was given. */
  readonly warning: { id: string; reason: string; seq: number } | null;
  /** Warnings that are over: acknowledged, or taken back by a moderator. */
  readonly liftedWarnings: ReadonlySet<string>;
  readonly timeOut: { untilMs: number; reason: string; seq: number } | null;
  /** Of this person's cart, as far as it was told. */
  readonly cartVersion: number;
  /** What became of what this person asked of deals, by the deal's id. */
  readonly deals: ReadonlyMap<string, { state: string; reason: string; variantId: string }>;
  /** The number of the last entry about goods that are kept for this person. */
  readonly keptSeq: number;
  /** The newest first. */
  readonly news: readonly News[];
}

export const NOTHING_OWN: OwnState = { seq: 0, held: new Map(), warning: null, liftedWarnings: new Set(), timeOut: null, cartVersion: 0, deals: new Map(), keptSeq: 0, news: [] };

/** Entries that come twice are stepped over. A gap is no reason to wait: the server forgets old entries. */
export function applyOwn(state: OwnState, batch: Batch): OwnState {
  const fresh = (batch.entries as readonly PrivateEntry[]).filter((entry) => entry.seq > state.seq);
  if (batch.to <= state.seq) return state;
  return { ...fresh.reduce(applyOne, state), seq: batch.to };
}

function applyOne(state: OwnState, entry: PrivateEntry): OwnState {
  switch (entry.kind) {
    case 'message.held':
      return withHeld(state, entry.body, 'held', '', entry.seq);
    case 'message.reviewed':
      return withHeld(state, entry.body, entry.body.state as Held['state'], entry.body.note ?? '', entry.seq);
    case 'warning':
      return withWarning(state, entry.body, entry.seq);
    case 'time_out': {
      const { until, reason } = entry.body;
      return { ...state, timeOut: until === null ? null : { untilMs: Date.parse(until), reason, seq: entry.seq } };
    }
    case 'cart.changed':
      return { ...state, cartVersion: entry.body.version };
    default:
      return applyDecision(state, entry);
  }
}

/** What was asked for and decided. */
function applyDecision(state: OwnState, entry: PrivateEntry): OwnState {
  switch (entry.kind) {
    case 'deal.decided': {
      const { deal_id: id, state: to, reason, variant_id: variantId } = entry.body;
      return { ...state, deals: new Map(state.deals).set(id, { state: to, reason, variantId }) };
    }
    case 'reservation.ended':
      return { ...state, keptSeq: entry.seq, deals: afterReservation(state.deals, entry.body) };
    case 'reservation.made': {
      const kept = { ...state, keptSeq: entry.seq };
      return ASKED_FOR.includes(entry.body.kind) ? { ...kept, news: [entry, ...state.news].slice(0, NEWS_MAX) } : kept;
    }
    default: // or a kind of a newer server
      return isNews(entry) ? { ...state, news: [entry, ...state.news].slice(0, NEWS_MAX) } : state;
  }
}

/** What was won in a deal is bought, or kept no longer. */
function afterReservation(deals: OwnState['deals'], { kind, ref, variant_id: variantId, state }: PrivateBodies['reservation.ended']): OwnState['deals'] {
  if (kind !== 'deal') return deals;
  return new Map(deals).set(ref, { state: state === 'claimed' ? 'bought' : 'lapsed', reason: '', variantId });
}

function isNews(entry: PrivateEntry): entry is News {
  return (NEWS as readonly string[]).includes(entry.kind);
}

function withWarning(state: OwnState, { warning_id: id, reason, lifted }: PrivateBodies['warning'], seq: number): OwnState {
  if (!lifted) return { ...state, warning: { id, reason, seq } };
  const warning = state.warning?.id === id ? null : state.warning;
  return { ...state, warning, liftedWarnings: new Set(state.liftedWarnings).add(id) };
}

function withHeld(
  state: OwnState,
  body: PrivateBodies['message.held'],
  to: Held['state'],
  note: string,
  seq: number,
): OwnState {
  const held = new Map(state.held);
  held.delete(body.message_id);
  held.set(body.message_id, { messageId: body.message_id, clientId: body.client_id, state: to, note, seq });
  if (held.size > DECIDED_MAX) held.delete([...held.keys()][0] ?? '');
  return { ...state, held };
}
