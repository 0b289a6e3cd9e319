/** The server's answers to moderators under the console's names, and the console's own shapes beside them. */
import type * as schema from '../api/schema.ts';

export type AuditLine = schema.AuditLine;
export type AuthorRecord = schema.Record;
export type PollDraft = schema.PollIn;
export type WordRule = schema.WordOut;
export type WordAction = WordRule['action'];
export type WordTest = Omit<schema.TrialOut, 'action'> & { action: WordAction | null };

export type StaffQuestion = Omit<schema.StaffQuestion, 'state' | 'answering_until' | 'picked_at'> & {
  state: 'held' | 'shadowed' | 'open' | 'picked' | 'answered' | 'dismissed' | 'merged';
};
export type StaffPoll = Omit<schema.StaffPoll, 'state'> & { state: 'draft' | 'open' | 'closed' | 'withdrawn' };
export type StaffRules = Omit<schema.ChatRulesOut, 'mode'> & { mode: string };
export type ReviewItem = Omit<schema.ReviewView, 'of'> & { of: 'message' | 'question' };
export type Restriction = Omit<schema.RestrictionView, 'kind'> & { kind: 'warning' | 'time_out' | 'shadow' | 'ban' };

/** A recommendation to one person; `productId` null: words alone. */
export interface RecommendationDraft {
  readonly productId: string | null;
  readonly text: string;
}

/** The person that an action is about: the author of a message, or somebody by id. */
export interface PersonRef {
  readonly messageId?: string;
  readonly viewerId: string;
  readonly name: string;
  /** The text that the person wrote. */
  readonly text: string;
  /** The product that it is about. */
  readonly productId?: string | null;
}

export type Measure = 'warnings' | 'time-outs' | 'shadows';

export interface Lists {
  readonly questions: readonly StaffQuestion[] | null;
  readonly polls: readonly StaffPoll[] | null;
  readonly deals: readonly schema.StaffDeal[] | null;
  readonly review: readonly ReviewItem[] | null;
  readonly rules: StaffRules | null;
  readonly words: readonly WordRule[] | null;
  readonly audit: readonly AuditLine[] | null;
  readonly people: readonly Restriction[] | null;
}

export type ListName = keyof Lists;
