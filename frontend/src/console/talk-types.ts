/** The server's answers to moderators, as far as the console reads them. */
import type { Author, ChatRules } from '../api/types.ts';

export interface StaffQuestion {
  readonly question_id: string;
  readonly seq: number | null;
  readonly at: string;
  readonly author: Author;
  readonly text: string;
  readonly product_id: string | null;
  readonly state: 'held' | 'shadowed' | 'open' | 'picked' | 'answered' | 'dismissed' | 'merged';
  readonly votes: number;
  readonly merged_into: string | null;
  /** The name of who is writing an answer. */
  readonly answering: string | null;
  readonly answered_at: string | null;
  readonly answer: { readonly text: string; readonly name: string } | null;
  readonly is_answer_private: boolean;
  /** Questions that ask the same, by their words. */
  readonly similar: readonly string[];
}

export interface StaffPoll {
  readonly poll_id: string;
  readonly question: string;
  readonly options: readonly { readonly position: number; readonly text: string }[];
  readonly choices_max: number;
  readonly is_quiz: boolean;
  readonly hides_tally: boolean;
  readonly state: 'draft' | 'open' | 'closed' | 'withdrawn';
  readonly opened_at: string | null;
  readonly closed_at: string | null;
  readonly closes_at: string | null;
  readonly votes: readonly number[];
  readonly voters: number;
  readonly right: readonly number[];
}

export interface PollDraft {
  readonly question: string;
  readonly options: readonly { readonly text: string; readonly is_right: boolean }[];
  readonly choices_max: number;
  readonly is_quiz: boolean;
  readonly hides_tally: boolean;
}

/** What an author has said and had to hear in this show and at the brand. */
export interface AuthorRecord {
  readonly messages: number;
  readonly deleted: number;
  readonly warnings: number;
  readonly time_outs: number;
  readonly shadows: number;
  readonly bans: number;
}

export interface ReviewItem {
  readonly item_id: string;
  readonly of: 'message' | 'question';
  readonly target_id: string;
  /** Not shown before it is approved; else shown all the while. */
  readonly is_held: boolean;
  readonly author: Author;
  readonly text: string;
  readonly reason: string;
  readonly detail: string;
  readonly reports: number;
  readonly at: string;
  /** Who has it open, and whether that is the one who asks. */
  readonly taken_by: string | null;
  readonly taken_until: string | null;
  readonly is_mine: boolean;
  readonly record: AuthorRecord;
}

export interface StaffRules extends ChatRules {
  readonly holds_links: boolean;
  readonly holds_first: boolean;
}

export type WordAction = 'block' | 'hold' | 'replace' | 'flag';

export interface WordRule {
  readonly id: string;
  readonly pattern: string;
  readonly language: string;
  readonly action: WordAction;
  readonly replacement: string;
  readonly catches_variants: boolean;
}

export interface WordTest {
  /** `null`: no rule found anything. */
  readonly action: WordAction | null;
  /** As it would be shown. */
  readonly text: string;
  readonly matches: readonly { readonly id: string; readonly pattern: string; readonly action: WordAction }[];
}

export interface AuditLine {
  readonly audit_id: string;
  readonly at: string;
  readonly actor: string;
  readonly is_mine: boolean;
  readonly action: string;
  /** An id, by the action of a message, a question, a person, …. */
  readonly target: string;
  readonly target_name: string;
  readonly reason: string;
  readonly can_undo: boolean;
  readonly undone: boolean;
  /** The line that is taken back by this one. */
  readonly undoes: string | null;
}

/** What stands against somebody at the brand now. */
export interface Standing {
  readonly id: string;
  readonly kind: 'warning' | 'time_out' | 'shadow' | 'ban';
  readonly viewer_id: string;
  /** Empty of someone who was erased. */
  readonly name: string;
  readonly reason: string;
  readonly at: string;
  /** `null`: until a warning is acknowledged, or a ban is lifted. */
  readonly until: string | null;
  readonly by: string | null;
}

/** What is recommended to one person; `productId` null: words alone. */
export interface OfferDraft {
  readonly productId: string | null;
  readonly text: string;
}

/** Whom something is for: the author of a message, or somebody by id. */
export interface Whom {
  readonly messageId?: string;
  readonly viewerId: string;
  readonly name: string;
  /** What they wrote. */
  readonly text: string;
  /** The product that it is about. */
  readonly productId?: string | null;
}

export type Measure = 'warnings' | 'time-outs' | 'shadows';

export interface Lists {
  readonly questions: readonly StaffQuestion[] | null;
  readonly polls: readonly StaffPoll[] | null;
  readonly review: readonly ReviewItem[] | null;
  readonly rules: StaffRules | null;
  readonly words: readonly WordRule[] | null;
  readonly audit: readonly AuditLine[] | null;
  readonly people: readonly Standing[] | null;
}

export type ListName = keyof Lists;
