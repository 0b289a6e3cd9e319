export { absorbHistory, applyEntries, type Reader } from './apply.ts';
export type { Auction } from './auctions.ts';
export type { Deal } from './deals.ts';
export { BACKSTAGE, backstageFrom, type AuditLine, type BackstageDoc, type ReviewItem } from './backstage-state.ts';
export { TimelineClient, type TimelineOptions } from './client.ts';
export { Connection, backoffMs, type ConnectionStatus } from './connection.ts';
export type {
  AuctionStanding,
  Batch,
  Entry,
  Mention,
  PollChoice,
  PrivateEntry,
  RawEntry,
  Reply,
  ServerFrame,
  ShownProduct,
  WrittenAnswer,
} from './entries.ts';
export { Follower, type Followed, type FollowerOptions, type Reducer } from './follower.ts';
export type { Activation } from './activations.ts';
export type { Giveaway } from './giveaways.ts';
export type { Message } from './messages.ts';
export type { Ack } from './outbox.ts';
export type { Held, News, OwnState } from './own-state.ts';
export type { Poll } from './polls.ts';
export type { Question, QuestionFacts, QuestionState } from './questions.ts';
export {
  docFromSnapshot,
  viewAt,
  type Announcement,
  type Highlight,
  type SellingPause,
  type Pinned,
  type Reactions,
  type ShowDoc,
  type ViewState,
} from './show-state.ts';
export type { Socket, Environment } from './environment.ts';
