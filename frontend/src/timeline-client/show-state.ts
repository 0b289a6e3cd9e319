/**
 * A show as its timeline tells it, and the view of it at one picture. Pure: no clock, no network.
 *
 * `ShowDoc` holds every fact up to `seq`, each with the picture (a program date time) from which it counts.
 * `viewAt(doc, picture)` is the view of a viewer who sees that picture. Nothing is queued or delayed, so seeking
 * back, pausing and replaying need no code of their own: another picture, another view.
 */
import type { Author, ChatRules, Curtain, ShowSnapshot, ShowState } from '../api/types.ts';
import type { PlayedTrailer } from './entry-kinds.ts';
import type { EntryBodies, Mention, RawEntry, ShownProduct } from './entries.ts';
import { activationsOf, type Activation, type ActivationBook } from './activations.ts';
import { giveawaysOf, type Giveaway, type GiveawayBook } from './giveaways.ts';
import { messageList, type Message, type MessageList } from './messages.ts';
import { auctionsAt, auctionsOf, nextAuctionChange, type Auction, type AuctionBook } from './auctions.ts';
import { dealsAt, dealsOf, nextDealChange, type Deal, type DealBook } from './deals.ts';
import { nextPollChange, pollsAt, pollsOf, type Poll, type PollBook } from './polls.ts';
import { NO_QUESTIONS, nextAsked, questionsAt, questionsOf, type Question, type QuestionBook, type QuestionFacts } from './questions.ts';
import { Track } from './track.ts';

export const MESSAGES_SHOWN_MAX = 200;
/** Hearts within this time count as given at once: a step for each tick would make tens of thousands of steps. */
export const REACTIONS_EVERY_MS = 500;

const NO_RULES: ChatRules = { mode: 'everyone', trait: null, slow_s: 0, shield: false };

export interface Highlight {
  id: string;
  productIds: readonly string[];
  products: readonly ShownProduct[];
  startedMs: number;
  endedMs: number | null;
}

export interface Pinned {
  messageId: string;
  author: Author;
  text: string;
  mentions: readonly Mention[];
}

export interface Announcement {
  id: string;
  text: string;
  url: string | null;
}

/** A pause of the sale. `reason`: price, technical or other; `words`: the producer's own, empty for the reason's. */
export type SellingPause = EntryBodies['selling.paused'];

/** The languages with captions, and the entries about captions as they came: the code of captions, fetched when they are wanted, reads them. */
export interface CaptionNews {
  readonly languages: readonly string[];
  readonly entries: readonly RawEntry[];
}

/** All reactions up to a picture, by sort. */
export type Reactions = Readonly<Record<string, number>>;

export interface ShowDoc {
  readonly seq: number;
  readonly epoch: string;
  readonly state: ShowState;
  readonly startsAt: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** The part that artificial intelligence makes: host, voice, host-and-voice; empty: nothing. */
  readonly aiMade: string;
  /** The clip behind the curtain; null for none. */
  readonly trailer: PlayedTrailer | null;
  readonly broadcastLost: boolean;
  /** By `startedMs`. */
  readonly highlights: readonly Highlight[];
  /** By `shownFromMs`, then `seq`. */
  readonly messages: MessageList;
  /** Deleted stays deleted, also when an older page of history comes in later. */
  readonly deleted: ReadonlySet<string>;
  /** Authors whose data was erased. */
  readonly erased: ReadonlySet<string>;
  readonly rules: ChatRules;
  readonly pinned: Track<Pinned | null>;
  readonly announcement: Track<Announcement | null>;
  readonly questions: QuestionBook;
  readonly polls: PollBook;
  readonly auctions: AuctionBook;
  readonly deals: DealBook;
  readonly giveaways: GiveawayBook;
  readonly dealsSeq: number;
  readonly selling: SellingPause | null;
  readonly activations: ActivationBook;
  readonly reactions: Track<Reactions>;
  readonly captions: CaptionNews;
  readonly stock: ReadonlyMap<string, number>;
  /** Units bought in the show, by product, where the brand tells it. */
  readonly bought: ReadonlyMap<string, number>;
  /** Of the last entry that told of other prices. */
  readonly pricesSeq: number;
  readonly count: number | null;
  readonly isCountExact: boolean;
}

export interface ViewState {
  state: ShowState;
  startsAt: string | null;
  startedAt: string | null;
  endedAt: string | null;
  aiMade: string;
  trailer: PlayedTrailer | null;
  /** The curtain for the picture's place; the player tells when the picture has run out. */
  curtain: Curtain | null;
  broadcastLost: boolean;
  /** On screen at this picture. */
  highlights: readonly Highlight[];
  /** Everything highlighted up to this picture: "shown at". After the end: in the whole show. */
  chapters: readonly Highlight[];
  messages: readonly Message[];
  /** The rules of writing now. */
  rules: ChatRules;
  /** Held above the chat at this picture. */
  pinned: Pinned | null;
  announcement: Announcement | null;
  /** Questions up to this picture: those that are being answered first, then by votes. Dismissed and merged ones are in it. */
  questions: readonly Question[];
  /** The state of questions now, also of those that are not asked yet at this picture, and those that were taken back. */
  questionFacts: ReadonlyMap<string, QuestionFacts>;
  /** Opened up to this picture, in that order. */
  polls: readonly Poll[];
  /** Announced or opened up to this picture, in that order. */
  auctions: readonly Auction[];
  /** To be seen at this picture, the one that ends first before the others. */
  deals: readonly Deal[];
  giveaways: readonly Giveaway[];
  /** Changes when an entry has told of a deal. */
  dealsSeq: number;
  /** The reason why nothing of the show can be bought now; null: it sells. */
  selling: SellingPause | null;
  activations: readonly Activation[];
  reactions: Reactions;
  captions: CaptionNews;
  /** Units that can be bought now, by variant. */
  stock: ReadonlyMap<string, number>;
  /** Units bought in the show, by product. */
  bought: ReadonlyMap<string, number>;
  /** Changes when prices have changed: the products are read again. */
  pricesSeq: number;
  count: number | null;
  /** False: the count is an estimate. */
  isCountExact: boolean;
}

const NO_REACTIONS: Reactions = {};

export function docFromSnapshot(snapshot: ShowSnapshot): ShowDoc {
  const { seq } = snapshot.timeline;
  return {
    seq,
    epoch: snapshot.timeline.epoch,
    state: snapshot.state,
    startsAt: snapshot.starts_at,
    startedAt: snapshot.started_at,
    endedAt: snapshot.ended_at,
    aiMade: snapshot.ai_made,
    trailer: snapshot.trailer ?? null,
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
    messages: messageList(snapshot.messages),
    deleted: new Set(),
    erased: new Set(),
    rules: snapshot.chat ?? NO_RULES,
    pinned: pinnedOf(snapshot),
    announcement: announcementOf(snapshot),
    questions: snapshot.questions ? questionsOf(snapshot.questions, seq) : NO_QUESTIONS,
    polls: pollsOf(snapshot.polls ?? [], seq),
    auctions: auctionsOf(snapshot.auctions ?? [], seq, snapshot.now),
    deals: dealsOf(snapshot.deals ?? [], seq),
    giveaways: giveawaysOf(snapshot.giveaways ?? [], seq),
    dealsSeq: 0,
    selling: snapshot.selling_paused ?? null,
    activations: activationsOf(snapshot.activations ?? [], seq),
    reactions: reactionsOf(snapshot),
    captions: { languages: snapshot.caption_languages ?? [], entries: [] },
    stock: new Map(),
    bought: new Map(snapshot.sold.map(({ product_id: id, units }) => [id, units])),
    pricesSeq: 0,
    count: null,
    isCountExact: true,
  };
}

function pinnedOf({ pinned, timeline }: ShowSnapshot): ShowDoc['pinned'] {
  const track = new Track<Pinned | null>();
  if (!pinned) return track;
  const value = { messageId: pinned.message_id, author: pinned.author, text: pinned.text, mentions: pinned.mentions ?? [] };
  return track.set({ pictureMs: Date.parse(pinned.pinned_at), seq: timeline.seq, value });
}

function announcementOf({ announcement, timeline }: ShowSnapshot): ShowDoc['announcement'] {
  const track = new Track<Announcement | null>();
  if (!announcement) return track;
  const value = { id: announcement.announcement_id, text: announcement.text, url: announcement.url };
  return track.set({ pictureMs: Date.parse(announcement.started_at), seq: timeline.seq, value });
}

function reactionsOf({ reactions, timeline, now }: ShowSnapshot): ShowDoc['reactions'] {
  const track = new Track<Reactions>(REACTIONS_EVERY_MS);
  if (!reactions || Object.keys(reactions).length === 0) return track;
  return track.set({ pictureMs: Date.parse(now), seq: timeline.seq, value: reactions });
}

/**
 * The view at `pictureMs`. `null`: the picture is not known yet, so nothing that belongs to one is shown.
 * `Infinity`: there is no picture to wait for (before the show, behind a curtain, in the console); deals run by `nowMs` then.
 */
export function viewAt(doc: ShowDoc, pictureMs: number | null, messagesMax = MESSAGES_SHOWN_MAX, nowMs = Number.POSITIVE_INFINITY): ViewState {
  const picture = pictureMs ?? Number.NEGATIVE_INFINITY;
  const shown = doc.messages.lowerBound((message) => message.shownFromMs > picture);
  return {
    state: doc.state,
    startsAt: doc.startsAt,
    startedAt: doc.startedAt,
    endedAt: doc.endedAt,
    aiMade: doc.aiMade,
    trailer: doc.trailer,
    curtain: curtainOf(doc),
    broadcastLost: doc.broadcastLost,
    highlights: doc.state === 'ended' && picture === Number.POSITIVE_INFINITY ? [] : activeAt(doc, picture),
    chapters: doc.state === 'ended' ? doc.highlights : doc.highlights.filter((h) => h.startedMs <= picture),
    messages: doc.messages.slice(Math.max(0, shown - messagesMax), shown),
    rules: doc.rules,
    pinned: doc.pinned.at(picture) ?? null,
    announcement: doc.announcement.at(picture) ?? null,
    questions: questionsAt(doc.questions, picture),
    questionFacts: doc.questions.facts,
    polls: pollsAt(doc.polls, picture),
    auctions: auctionsAt(doc.auctions, picture, doc.state === 'ended'),
    deals: dealsAt(doc.deals, picture === Number.POSITIVE_INFINITY ? nowMs : picture),
    giveaways: doc.giveaways.at(picture),
    dealsSeq: doc.dealsSeq,
    selling: doc.selling,
    activations: doc.activations.at(picture),
    reactions: doc.reactions.at(picture) ?? NO_REACTIONS,
    captions: doc.captions,
    stock: doc.stock,
    bought: doc.bought,
    pricesSeq: doc.pricesSeq,
    count: doc.count,
    isCountExact: doc.isCountExact,
  };
}

/** The next picture after `pictureMs` at which the view changes, if there is one. */
export function nextChange(doc: ShowDoc, pictureMs: number): number {
  let next = Math.min(
    doc.pinned.next(pictureMs),
    doc.announcement.next(pictureMs),
    doc.reactions.next(pictureMs),
    nextAsked(doc.questions, pictureMs),
    nextPollChange(doc.polls, pictureMs),
    nextAuctionChange(doc.auctions, pictureMs, doc.state === 'ended'),
    nextDealChange(doc.deals, pictureMs),
    doc.giveaways.next(pictureMs),
    doc.activations.next(pictureMs),
  );
  for (const { startedMs, endedMs } of doc.highlights) {
    if (startedMs > pictureMs) next = Math.min(next, startedMs);
    if (endedMs !== null && endedMs > pictureMs) next = Math.min(next, endedMs);
  }
  const following = doc.messages.at(doc.messages.lowerBound((message) => message.shownFromMs > pictureMs));
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
