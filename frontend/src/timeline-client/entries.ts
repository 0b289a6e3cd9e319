/** What travels on a show's timeline: entries, and the frames of the WebSocket that carry them. */
import type { EntryBodies } from './entry-kinds.ts';

export type { EntryBodies, ShownProduct } from './entry-kinds.ts';

export type EntryKind = keyof EntryBodies;

export type Entry = {
  [K in EntryKind]: { seq: number; at: string; kind: K; body: EntryBodies[K]; picture_at?: string | null };
}[EntryKind];

/** An entry as it arrives: kinds that this client does not know yet are stepped over. */
export interface RawEntry {
  seq: number;
  at: string;
  kind: string;
  body: unknown;
  picture_at?: string | null;
}

export type ServerFrame =
  | { type: 'welcome'; seq: number; epoch: string; now: string }
  | { type: 'entries'; from: number; to: number; entries: RawEntry[] }
  | { type: 'count'; count: number; peak?: number }
  | { type: 'pong'; now: string }
  | { type: 'restart' };

/** Why the server closed the socket. */
export const CLOSE = { badFrame: 4400, token: 4401, banned: 4403, noShow: 4404, tooSlow: 4408 } as const;

export interface EntriesPage {
  entries: RawEntry[];
  to: number;
  head: number;
  epoch: string;
}
