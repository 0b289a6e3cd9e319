/** What travels on a show's timeline: entries, and the frames of the WebSocket that carry them. */
import type { Author } from '../api/types.ts';

export interface ShownProduct {
  id: string;
  name: string;
  image_url: string | null;
  price: number | null;
  compare_at_price: number | null;
  currency: string;
}

export interface EntryBodies {
  'show.started': { started_at: string };
  'show.ended': { ended_at: string };
  'broadcast.lost': Record<string, never>;
  'broadcast.back': Record<string, never>;
  'highlight.started': { highlight_id: string; product_ids: string[]; products?: ShownProduct[] };
  'highlight.ended': { highlight_id: string };
  'stock.level': { variant_id: string; sku: string; available: number };
  /** A redacted message keeps its place in the order, but has neither author nor text. */
  'message.posted': { message_id: string; author?: Author; text?: string | null; client_id?: string };
  'message.deleted': { message_id: string; seq: number };
}

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
