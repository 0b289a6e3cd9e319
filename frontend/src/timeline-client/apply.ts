/** The change that each kind of entry makes to a show. A batch makes one new document, which shares its untouched parts. */
import { withAnnounced, withAuctionClosed, withAuctionOpened, withBid, withExtended } from './auctions.ts';
import { ENTRY_KINDS } from './entry-kinds.ts';
import type { Batch, Entry, EntryKind, RawEntry } from './entries.ts';
import { MESSAGES_KEPT_MAX, messageOf, withoutNamed, withoutTraces, type Message } from './messages.ts';
import { withDeal, withDealEnded, withDealLeft, withDealWithdrawn } from './deals.ts';
import { withClosed, withOpened, withTally, withWithdrawn } from './polls.ts';
import { withAsked, withFacts, withVotes, withoutAuthor } from './questions.ts';
import type { ShowDoc } from './show-state.ts';

/** The viewer and the picture that the entries reach: they decide the place of the viewer's own message. */
export interface Reader {
  viewerId: string | null;
  pictureMs: number | null;
}

/** The show after the entries `from..to`. Entries that were applied before are stepped over; `null`: entries are missing between. */
export function applyEntries(doc: ShowDoc, batch: Batch, reader: Reader): ShowDoc | null {
  if (batch.to <= doc.seq) return doc;
  if (batch.from > doc.seq + 1) return null;
  const draft = new Draft(doc, reader);
  for (const entry of batch.entries) {
    if (entry.seq > doc.seq) draft.apply(entry);
  }
  return draft.finish(batch.to);
}

/** The show with older entries added: those that a replay holds, without facts that have changed since. */
export function absorbHistory(doc: ShowDoc, entries: readonly RawEntry[]): ShowDoc {
  const draft = new Draft(doc, { viewerId: null, pictureMs: null });
  const known = new Set<number>();
  for (const { seq } of doc.messages) known.add(seq);
  for (const entry of entries) {
    // Entries after `doc.seq` come once, by following.
    if (entry.seq <= doc.seq && isOfReplay(entry.kind) && !known.has(entry.seq)) draft.apply(entry);
  }
  return draft.finish(doc.seq);
}

/** The state of the show itself comes from the snapshot: its last word is in it. */
function isOfReplay(kind: string): boolean {
  return !kind.startsWith('show.') && isKnown(kind) && ENTRY_KINDS[kind].inReplay;
}

function isKnown(kind: string): kind is EntryKind {
  return kind in ENTRY_KINDS;
}

/** Entries about captions that are kept before a batch: whoever turns captions on reads the older ones from the list. */
const CAPTION_NEWS_MAX = 200;

type Changing = { -readonly [K in keyof ShowDoc]: ShowDoc[K] };
type OneOf<K extends EntryKind> = Extract<Entry, { kind: K }>;

class Draft {
  readonly doc: Changing;
  readonly #reader: Reader;
  readonly #fresh = new Map<string, Message>();
  readonly #gone = new Set<string>();
  /** Messages that are gone, wherever others quote them. */
  readonly #goneQuotes = new Set<string>();
  readonly #copied = new Set<object>();

  constructor(doc: ShowDoc, reader: Reader) {
    this.doc = { ...doc };
    this.#reader = reader;
  }

  apply(entry: RawEntry): void {
    // A kind of a newer server is stepped over.
    if (isKnown(entry.kind)) (APPLY[entry.kind] as (draft: Draft, entry: RawEntry) => void)(this, entry);
  }

  /** The place of the viewer's own entry: the picture that its author sees now. */
  ownPictureMs(author: string | undefined): number | null {
    if (author === undefined || author !== this.#reader.viewerId) return null;
    return this.#reader.pictureMs ?? Number.NEGATIVE_INFINITY;
  }

  post(message: Message | null): void {
    if (!message || this.doc.deleted.has(message.id) || this.doc.erased.has(message.author.id)) return;
    this.#fresh.set(message.id, message);
  }

  remove(messageId: string): void {
    this.#gone.add(messageId);
    this.#goneQuotes.add(messageId);
    this.doc.deleted = this.#own(this.doc.deleted, (set) => new Set(set)).add(messageId);
    this.doc.pinned = this.doc.pinned.map((pinned) => (pinned?.messageId === messageId ? null : pinned));
  }

  /** `quoted`: messages of theirs, or that name them, that others quote; also those that are not known here. */
  erase(author: string, quoted: readonly string[]): void {
    for (const id of quoted) this.#goneQuotes.add(id);
    this.doc.erased = this.#own(this.doc.erased, (set) => new Set(set)).add(author);
    this.#takeMessages();
    for (const { id, author: of } of this.doc.messages) {
      if (of.id !== author) continue;
      this.#gone.add(id);
      this.#goneQuotes.add(id);
    }
    this.#dropGone(author);
    this.doc.pinned = this.doc.pinned.map((pinned) => (!pinned || pinned.author.id === author ? null : withoutNamed(pinned, author)));
    this.doc.questions = withoutAuthor(this.doc.questions, author);
  }

  caption(entry: RawEntry, language: string | undefined): void {
    const { languages, entries } = this.doc.captions;
    const isNew = language !== undefined && !languages.includes(language);
    this.doc.captions = {
      languages: isNew ? [...languages, language] : languages,
      entries: this.#own(entries as RawEntry[], (list) => list.slice(-CAPTION_NEWS_MAX)),
    };
    (this.doc.captions.entries as RawEntry[]).push(entry);
  }

  stock(variantId: string, available: number): void {
    this.doc.stock = this.#own(this.doc.stock, (map) => new Map(map)).set(variantId, available);
  }

  bought(productId: string, units: number): void {
    this.doc.bought = this.#own(this.doc.bought, (map) => new Map(map)).set(productId, units);
  }

  highlight(entry: OneOf<'highlight.started' | 'highlight.ended'>): void {
    const pictureMs = Date.parse(entry.picture_at ?? entry.at);
    const { highlight_id: id } = entry.body;
    const known = this.doc.highlights.find((one) => one.id === id);
    if (entry.kind === 'highlight.ended' && !known) return;
    const others = this.doc.highlights.filter((one) => one !== known);
    const changed =
      entry.kind === 'highlight.ended' && known
        ? { ...known, endedMs: pictureMs }
        : { ...startedBy(entry as OneOf<'highlight.started'>), startedMs: pictureMs, endedMs: known?.endedMs ?? null };
    this.doc.highlights = [...others, changed].sort((a, b) => a.startedMs - b.startedMs);
  }

  finish(seq: number): ShowDoc {
    this.#takeMessages();
    this.#dropGone(null);
    return { ...this.doc, seq, messages: this.doc.messages.lastAbout(MESSAGES_KEPT_MAX[this.doc.state]) };
  }

  #takeMessages(): void {
    this.doc.messages = this.doc.messages.with([...this.#fresh.values()]);
    this.#fresh.clear();
  }

  #dropGone(author: string | null): void {
    if (this.#goneQuotes.size === 0 && author === null) return;
    this.doc.messages = this.doc.messages
      .without((message) => this.#gone.has(message.id))
      .map((message) => withoutTraces(message, author, this.#goneQuotes));
    this.#gone.clear();
    this.#goneQuotes.clear();
  }

  /** The same collection the second time: copied once for each batch. */
  #own<From extends object, To extends From>(collection: From, copy: (from: From) => To): To {
    if (this.#copied.has(collection)) return collection as To;
    const copied = copy(collection);
    this.#copied.add(copied);
    return copied;
  }
}

function startedBy({ body }: OneOf<'highlight.started'>) {
  return { id: body.highlight_id, productIds: body.product_ids, products: body.products ?? [] };
}

function pictureOf(entry: { at: string; picture_at?: string | null }): number {
  return Date.parse(entry.picture_at ?? entry.at);
}

/** Every kind there is: a new one of `events.py` does not compile before it is handled here. */
const APPLY: { readonly [K in EntryKind]: (draft: Draft, entry: OneOf<K>) => void } = {
  'show.started': ({ doc }, { body }) => {
    doc.state = 'live';
    doc.startedAt = body.started_at;
  },
  'show.ended': ({ doc }, { body }) => {
    doc.state = 'ended';
    doc.endedAt = body.ended_at;
    doc.trailer = null;
    doc.broadcastLost = false;
  },
  'show.ai_labelled': ({ doc }, { body }) => {
    doc.aiMade = body.ai_made;
  },
  'trailer.changed': ({ doc }, { body }) => {
    doc.trailer = body.trailer;
  },
  'broadcast.lost': ({ doc }) => {
    doc.broadcastLost = true;
  },
  'broadcast.back': ({ doc }) => {
    doc.broadcastLost = false;
  },
  'highlight.started': (draft, entry) => draft.highlight(entry),
  'highlight.ended': (draft, entry) => draft.highlight(entry),
  'selling.paused': ({ doc }, { body }) => {
    doc.selling = body;
  },
  'selling.resumed': ({ doc }) => {
    doc.selling = null;
  },
  'price.changed': ({ doc }, { seq }) => {
    doc.pricesSeq = seq;
  },
  'product.sold': (draft, { body }) => draft.bought(body.product_id, body.units),
  'stock.level': (draft, { body }) => draft.stock(body.variant_id, body.available),
  'message.posted': (draft, entry) => draft.post(messageOf(entry, draft.ownPictureMs(entry.body.author?.id))),
  'message.deleted': (draft, { body }) => draft.remove(body.message_id),
  'comment.pinned': ({ doc }, entry) => {
    const { message_id: messageId, author, text, mentions = [] } = entry.body;
    const isGone = !author || !text || doc.deleted.has(messageId) || doc.erased.has(author.id);
    const value = isGone ? null : { messageId, author, text, mentions };
    doc.pinned = doc.pinned.set({ pictureMs: pictureOf(entry), seq: entry.seq, value });
  },
  'comment.unpinned': ({ doc }, entry) => {
    doc.pinned = doc.pinned.set({ pictureMs: pictureOf(entry), seq: entry.seq, value: null });
  },
  'announcement.shown': ({ doc }, entry) => {
    const { announcement_id: id, text, url } = entry.body;
    doc.announcement = doc.announcement.set({ pictureMs: pictureOf(entry), seq: entry.seq, value: { id, text, url } });
  },
  'announcement.ended': ({ doc }, entry) => {
    doc.announcement = doc.announcement.set({ pictureMs: pictureOf(entry), seq: entry.seq, value: null });
  },
  'chat.rules': ({ doc }, { body }) => {
    doc.rules = body;
  },
  'author.erased': (draft, { body }) => draft.erase(body.author, body.quoted),
  'question.asked': (draft, entry) => {
    const author = entry.body.author?.id;
    if (author !== undefined && draft.doc.erased.has(author)) return;
    draft.doc.questions = withAsked(draft.doc.questions, entry, draft.ownPictureMs(author));
  },
  'question.votes': ({ doc }, { body, seq }) => {
    doc.questions = withVotes(doc.questions, body.votes, seq);
  },
  'question.changed': ({ doc }, { body, seq }) => {
    doc.questions = withFacts(doc.questions, body, seq);
  },
  'poll.opened': ({ doc }, entry) => {
    doc.polls = withOpened(doc.polls, entry);
  },
  'poll.tally': ({ doc }, entry) => {
    doc.polls = withTally(doc.polls, entry);
  },
  'poll.closed': ({ doc }, entry) => {
    doc.polls = withClosed(doc.polls, entry);
  },
  'poll.withdrawn': ({ doc }, { body }) => {
    doc.polls = withWithdrawn(doc.polls, body.poll_id);
  },
  'auction.announced': ({ doc }, entry) => {
    doc.auctions = withAnnounced(doc.auctions, entry);
  },
  'auction.opened': ({ doc }, entry) => {
    doc.auctions = withAuctionOpened(doc.auctions, entry);
  },
  'auction.bid': ({ doc }, entry) => {
    doc.auctions = withBid(doc.auctions, entry);
  },
  'auction.extended': ({ doc }, entry) => {
    doc.auctions = withExtended(doc.auctions, entry);
  },
  'auction.closed': ({ doc }, entry) => {
    doc.auctions = withAuctionClosed(doc.auctions, entry);
  },
  'deal.announced': ({ doc }, entry) => {
    doc.deals = withDeal(doc.deals, entry);
    doc.dealsSeq = entry.seq;
  },
  'deal.opened': ({ doc }, entry) => {
    doc.deals = withDeal(doc.deals, entry);
    doc.dealsSeq = entry.seq;
  },
  'deal.changed': ({ doc }, entry) => {
    doc.deals = withDealLeft(doc.deals, entry);
    doc.dealsSeq = entry.seq;
  },
  'deal.ended': ({ doc }, entry) => {
    doc.deals = withDealEnded(doc.deals, entry);
    doc.dealsSeq = entry.seq;
  },
  'deal.withdrawn': ({ doc }, { body, seq }) => {
    doc.deals = withDealWithdrawn(doc.deals, body.deal_id);
    doc.dealsSeq = seq;
  },
  'activation.opened': ({ doc }, entry) => {
    doc.activations = doc.activations.open(entry.body.activation_id, entry.body, pictureOf(entry));
  },
  'activation.taken': ({ doc }, { body, seq }) => {
    doc.activations = doc.activations.counted(body.activation_id, body, seq);
  },
  'activation.closed': ({ doc }, entry) => {
    doc.activations = doc.activations.close(entry.body.activation_id, pictureOf(entry));
  },
  'activation.withdrawn': ({ doc }, { body }) => {
    doc.activations = doc.activations.withdraw(body.activation_id);
  },
  'giveaway.opened': ({ doc }, entry) => {
    doc.giveaways = doc.giveaways.open(entry.body.giveaway_id, entry.body, pictureOf(entry));
  },
  'giveaway.entered': ({ doc }, { body, seq }) => {
    doc.giveaways = doc.giveaways.counted(body.giveaway_id, body.entries, seq);
  },
  'giveaway.closed': ({ doc }, entry) => {
    doc.giveaways = doc.giveaways.close(entry.body.giveaway_id, pictureOf(entry));
  },
  'giveaway.drawn': ({ doc }, entry) => {
    const { giveaway_id: id, winners: winning, substitutes: reserve } = entry.body;
    doc.giveaways = doc.giveaways.result(id, { winning, reserve }, pictureOf(entry));
  },
  'giveaway.withdrawn': ({ doc }, { body }) => {
    doc.giveaways = doc.giveaways.withdraw(body.giveaway_id);
  },
  'reaction.counts': ({ doc }, entry) => {
    doc.reactions = doc.reactions.set({ pictureMs: pictureOf(entry), seq: entry.seq, value: entry.body.totals });
  },
  'caption.shown': (draft, entry) => draft.caption(entry, entry.body.language),
  'caption.changed': (draft, entry) => draft.caption(entry, undefined),
  'captions.imported': (draft, entry) => draft.caption(entry, entry.body.language),
};
