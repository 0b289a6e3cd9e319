/** The messages of a show's timeline: entries, and the frames that carry them. */
import type { Problem } from '../api/types.ts';
import type { BackstageBodies, EntryBodies, PrivateBodies } from './entry-kinds.ts';

export type {
  AuctionStanding,
  BackstageBodies,
  EntryBodies,
  Mention,
  PollChoice,
  PrivateBodies,
  Reply,
  ShownProduct,
  WrittenAnswer,
} from './entry-kinds.ts';

export type EntryKind = keyof EntryBodies;

type EntryOf<Bodies> = {
  [K in keyof Bodies]: { seq: number; at: string; kind: K; body: Bodies[K]; picture_at?: string | null };
}[keyof Bodies];

export type Entry = EntryOf<EntryBodies>;
export type BackstageEntry = EntryOf<BackstageBodies>;
export type PrivateEntry = EntryOf<PrivateBodies>;

/** An entry as it arrives: kinds that this client does not know yet are stepped over. */
export interface RawEntry {
  seq: number;
  at: string;
  kind: string;
  body: unknown;
  picture_at?: string | null;
}

/** Entries with `from <= seq <= to`; the server left missing ones out on purpose. */
export interface Batch {
  from: number;
  to: number;
  entries: readonly RawEntry[];
}

/** The head of a timeline: the answer of `GET /timeline/<show>`. */
export interface Position {
  seq: number;
  epoch: string;
  tick: number;
  now: string;
}

export type ServerFrame =
  | { type: 'welcome'; seq: number; epoch: string; tick?: number; now: string; retry_ms?: number }
  | ({ type: 'entries'; tick?: number } & Batch)
  | { type: 'snapshot'; snapshot: unknown }
  | { type: 'skip'; from: number; to: number }
  | { type: 'count'; count: number; exact?: boolean }
  | ({ type: 'private' } & Batch)
  | ({ type: 'ack'; id: string; seq: number | null } & Record<string, unknown>)
  | ({ type: 'problem'; id: string } & Problem)
  | { type: 'retry'; after_ms: number; within_ms?: never }
  | { type: 'retry'; within_ms: number; after_ms?: never }
  | { type: 'pong'; now: string };

export interface CommandFrame {
  type: 'command';
  id: string;
  name: string;
  body: Record<string, unknown>;
}

export type ClientFrame =
  | {
      type: 'hello';
      token?: string;
      after: number;
      epoch: string;
      private?: { after?: number; seen?: string };
      language?: string;
      sid?: string;
    }
  | { type: 'ping' }
  | { type: 'token'; token: string }
  | CommandFrame;

/** Why the server closed the socket. */
export const CLOSE = {
  badFrame: 4400,
  token: 4401,
  /** The show is for others: for members, or for people with a ticket. */
  noRight: 4402,
  banned: 4403,
  noShow: 4404,
  tooSlow: 4408,
  tooManyFrames: 4429,
  tooManyConnections: 4503,
  /** Our own code: the connection could not be opened, or was lost without a close frame. */
  lost: 1006,
} as const;
