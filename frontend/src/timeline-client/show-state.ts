/**
 * A show as its timeline tells it, and what of it belongs to one picture. Pure: no clock, no network.
 *
 * `ShowDoc` holds every fact up to `seq`, each with the picture (a program date time) from which it counts.
 * `viewAt(doc, picture)` says what a viewer who sees that picture is shown. Nothing is queued or delayed, so seeking
 * back, pausing and replaying need no code of their own: another picture, another view.
 */
import type { Author, Curtain, ShowSnapshot, ShowState } from '../api/types.ts';
import type { Entry, RawEntry, ShownProduct } from './entries.ts';

/** Enough for a long evening; the oldest go first. */
const MESSAGES_KEPT_MAX = 20_000;
const MESSAGES_SHOWN_MAX = 200;

export interface Highlight {
  id: string;
  productIds: readonly string[];
  products: readonly ShownProduct[];
  startedMs: number;
  endedMs: number | null;
}

export interface Message {
  id: string;
  seq: number;
  author: Author;
  text: string;
  atMs: number;
  /** The picture from which it is shown. One's own message does not wait for the picture. */
  shownFromMs: number;
  clientId: string | null;
}

export interface ShowDoc {
  readonly seq: number;
  readonly epoch: string;
  readonly state: ShowState;
  readonly startsAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly broadcastLost: boolean;
  /** By `startedMs`. */
  readonly highlights: readonly Highlight[];
  /** By `shownFromMs`, then `seq`. */
  readonly messages: readonly Message[];
  /** Deleted stays deleted, also when an older page of history comes in later. */
  readonly deleted: ReadonlySet<string>;
  readonly stock: ReadonlyMap<string, number>;
  readonly count: number | null;
}

export interface ViewState {
  state: ShowState;
  startsAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** What would be shown where the picture should be; the player says when the picture has run out. */
  curtain: Curtain | null;
  broadcastLost: boolean;
  /** On screen at this picture. */
  highlights: readonly Highlight[];
  /** Everything highlighted up to this picture: "shown at". After the end: in the whole show. */
  chapters: readonly Highlight[];
  messages: readonly Message[];
  /** Units that can be bought now, by variant. */
  stock: ReadonlyMap<string, number>;
  count: number | null;
}

/** Whom and what picture the entries reach: decides where one's own message goes. */
export interface Reader {
  viewerId: string | null;
  pictureMs: number | null;
}

export function docFromSnapshot(snapshot: ShowSnapshot): ShowDoc {
  return {
    seq: snapshot.timeline.seq,
    epoch: snapshot.timeline.epoch,
    state: snapshot.state,
    startsAt: snapshot.starts_at,
    startedAt: snapshot.started_at,
    endedAt: snapshot.ended_at,
    broadcastLost: snapshot.curtain === 'paused',
    highlights: snapshot.highlights
      .map((highlight) => ({
        id: highlight.highlight_id,
        productIds: highlight.product_ids,
        products: [],
        startedMs: Date.parse(highlight.started_at),
        endedMs: highlight.ended_at ? Date.parse(highlight.ended_at) : null,
      }))
      .sort((a, b) => a.startedMs - b.startedMs),
    messages: snapshot.messages
      .map((message) => ({
        id: message.message_id,
        seq: message.seq,
        author: message.author,
        text: message.text,
        atMs: Date.parse(message.at),
        shownFromMs: Date.parse(message.at),
        clientId: message.client_id ?? null,
      }))
      .sort(byPicture),
    deleted: new Set(),
    stock: new Map(),
    count: null,
  };
}

/** The show after the entries `from..to`. What was applied before is stepped over; `null`: entries are missing between. */
export function applyEntries(
  doc: ShowDoc,
  batch: { from: number; to: number; entries: readonly RawEntry[] },
  reader: Reader,
): ShowDoc | null {
  if (batch.to <= doc.seq) return doc;
  if (batch.from > doc.seq + 1) return null;
  const draft = new Draft(doc, reader);
  for (const entry of batch.entries) {
    if (entry.seq > doc.seq) draft.apply(entry as Entry);
  }
  return draft.finish(batch.to);
}

/** The show with older entries added: chat and highlights only, since facts of then are not facts of now. */
export function absorbHistory(doc: ShowDoc, entries: readonly RawEntry[]): ShowDoc {
  const draft = new Draft(doc, { viewerId: null, pictureMs: null });
  for (const entry of entries) {
    if (entry.kind.startsWith('message.') || entry.kind.startsWith('highlight.')) draft.apply(entry as Entry);
  }
  return draft.finish(doc.seq);
}

/**
 * What a viewer at `pictureMs` is shown. `null`: the picture is not known yet, so nothing that belongs to one is shown.
 * `Infinity`: there is no picture to wait for (before the show, behind a curtain, in the console).
 */
export function viewAt(doc: ShowDoc, pictureMs: number | null): ViewState {
  const picture = pictureMs ?? Number.NEGATIVE_INFINITY;
  const shown = lowerBound(doc.messages, (message) => message.shownFromMs > picture);
  return {
    state: doc.state,
    startsAt: doc.startsAt,
    startedAt: doc.startedAt,
    endedAt: doc.endedAt,
    curtain: curtainOf(doc),
    broadcastLost: doc.broadcastLost,
    highlights: doc.state === 'ended' && picture === Number.POSITIVE_INFINITY ? [] : activeAt(doc, picture),
    chapters: doc.state === 'ended' ? doc.highlights : doc.highlights.filter((h) => h.startedMs <= picture),
    messages: doc.messages.slice(Math.max(0, shown - MESSAGES_SHOWN_MAX), shown),
    stock: doc.stock,
    count: doc.count,
  };
}

/** The next picture after `pictureMs` at which the view changes, if there is one. */
export function nextChange(doc: ShowDoc, pictureMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { startedMs, endedMs } of doc.highlights) {
    if (startedMs > pictureMs) next = Math.min(next, startedMs);
    if (endedMs !== null && endedMs > pictureMs) next = Math.min(next, endedMs);
  }
  const following = doc.messages[lowerBound(doc.messages, (message) => message.shownFromMs > pictureMs)];
  return following ? Math.min(next, following.shownFromMs) : next;
}

function activeAt(doc: ShowDoc, picture: number): Highlight[] {
  return doc.highlights.filter((h) => h.startedMs <= picture && (h.endedMs === null || picture < h.endedMs));
}

function curtainOf(doc: ShowDoc): Curtain | null {
  if (doc.state === 'draft' || doc.state === 'scheduled') return 'pending';
  if (doc.state === 'ended') return 'ended';
  return doc.broadcastLost ? 'paused' : null;
}

function byPicture(a: Message, b: Message): number {
  return a.shownFromMs - b.shownFromMs || a.seq - b.seq;
}

/** The index of the first item for which `isAfter` holds, in a list where it holds from some item on. */
function lowerBound<T>(items: readonly T[], isAfter: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One batch of changes to a copy; lists are copied once for each batch, not for each entry. */
class Draft {
  #doc: ShowDoc;
  #reader: Reader;
  #changes: { -readonly [K in keyof ShowDoc]?: ShowDoc[K] } = {};
  #highlights: Map<string, Highlight>;
  #messages: Map<string, Message>;
  #deleted: Set<string>;
  #stock: Map<string, number>;

  constructor(doc: ShowDoc, reader: Reader) {
    this.#doc = doc;
    this.#reader = reader;
    this.#highlights = new Map(doc.highlights.map((highlight) => [highlight.id, highlight]));
    this.#messages = new Map(doc.messages.map((message) => [message.id, message]));
    this.#deleted = new Set(doc.deleted);
    this.#stock = new Map(doc.stock);
  }

  apply(entry: Entry): void {
    const changes = this.#changes;
    switch (entry.kind) {
      case 'show.started':
        changes.state = 'live';
        changes.startedAt = entry.body.started_at;
        break;
      case 'show.ended':
        changes.state = 'ended';
        changes.endedAt = entry.body.ended_at;
        changes.broadcastLost = false;
        break;
      case 'broadcast.lost':
        changes.broadcastLost = true;
        break;
      case 'broadcast.back':
        changes.broadcastLost = false;
        break;
      case 'stock.level':
        this.#stock.set(entry.body.variant_id, entry.body.available);
        break;
      case 'highlight.started':
      case 'highlight.ended':
        this.#highlight(entry);
        break;
      case 'message.posted':
        this.#post(entry);
        break;
      case 'message.deleted':
        this.#deleted.add(entry.body.message_id);
        this.#messages.delete(entry.body.message_id);
        break;
      default: // a kind of a newer server
    }
  }

  #highlight(entry: Extract<Entry, { kind: `highlight.${string}` }>): void {
    const pictureMs = Date.parse(entry.picture_at ?? entry.at);
    const known = this.#highlights.get(entry.body.highlight_id);
    if (entry.kind === 'highlight.ended') {
      if (known) this.#highlights.set(known.id, { ...known, endedMs: pictureMs });
      return;
    }
    this.#highlights.set(entry.body.highlight_id, {
      id: entry.body.highlight_id,
      productIds: entry.body.product_ids,
      products: entry.body.products ?? [],
      startedMs: pictureMs,
      endedMs: known?.endedMs ?? null,
    });
  }

  #post(entry: Extract<Entry, { kind: 'message.posted' }>): void {
    const { message_id: id, author, text, client_id: clientId } = entry.body;
    if (!author || !text || this.#deleted.has(id) || this.#messages.has(id)) return;
    const atMs = Date.parse(entry.at);
    const isOwn = author.id === this.#reader.viewerId;
    this.#messages.set(id, {
      id,
      seq: entry.seq,
      author,
      text,
      atMs,
      shownFromMs: isOwn ? Math.min(atMs, this.#reader.pictureMs ?? 0) : atMs,
      clientId: clientId ?? null,
    });
  }

  finish(seq: number): ShowDoc {
    return {
      ...this.#doc,
      ...this.#changes,
      seq,
      highlights: [...this.#highlights.values()].sort((a, b) => a.startedMs - b.startedMs),
      messages: [...this.#messages.values()].sort(byPicture).slice(-MESSAGES_KEPT_MAX),
      deleted: this.#deleted,
      stock: this.#stock,
    };
  }
}
