/**
 * Questions to the people on camera. The asking belongs to a picture; a question's state is a fact of now.
 * Both are kept apart, each with its `seq`, so that older pages and a snapshot go together in any order.
 */
import type { Author, SnapshotQuestion } from '../api/types.ts';
import type { EntryBodies, WrittenAnswer } from './entries.ts';

/** Of a busy evening; above it the oldest that nobody has touched go first. */
const QUESTIONS_KEPT_MAX = 2000;

export type QuestionState = 'open' | 'picked' | 'answered' | 'dismissed' | 'merged' | 'removed';

export interface Question {
  id: string;
  seq: number;
  author: Author;
  text: string;
  productId: string | null;
  clientId: string | null;
  atMs: number;
  shownFromMs: number;
  state: QuestionState;
  votes: number;
  mergedInto: string | null;
  /** The name of the person who is answering it now. */
  answering: string | null;
  /** The picture at which it was answered on air. */
  answeredMs: number | null;
  answer: WrittenAnswer | null;
}

type Asked = Pick<Question, 'id' | 'seq' | 'author' | 'text' | 'productId' | 'clientId' | 'atMs' | 'shownFromMs'>;
/** How a question stands now. */
export type QuestionFacts = Pick<Question, 'state' | 'mergedInto' | 'answering' | 'answeredMs' | 'answer'>;
type Facts = QuestionFacts & { seq: number };

export interface QuestionBook {
  readonly asked: ReadonlyMap<string, Asked>;
  readonly facts: ReadonlyMap<string, Facts>;
  readonly votes: ReadonlyMap<string, { count: number; seq: number }>;
}

export const NO_QUESTIONS: QuestionBook = { asked: new Map(), facts: new Map(), votes: new Map() };

const AS_ASKED: QuestionFacts = { state: 'open', mergedInto: null, answering: null, answeredMs: null, answer: null };

export function questionsOf(snapshot: readonly SnapshotQuestion[], seq: number): QuestionBook {
  return {
    asked: new Map(
      snapshot.map((one) => {
        const atMs = Date.parse(one.at);
        const { question_id: id, author, text, product_id: productId } = one;
        return [id, { id, seq: one.seq, author, text, productId, clientId: null, atMs, shownFromMs: atMs }];
      }),
    ),
    facts: new Map(snapshot.map((one) => [one.question_id, factsOf(one, seq)])),
    votes: new Map(snapshot.map((one) => [one.question_id, { count: one.votes, seq }])),
  };
}

function factsOf(body: Omit<EntryBodies['question.changed'], 'question_id' | 'votes'>, seq: number): Facts {
  return {
    seq,
    state: body.state as QuestionState,
    mergedInto: body.merged_into,
    answering: body.answering,
    answeredMs: body.answered_at === null ? null : Date.parse(body.answered_at),
    answer: body.answer,
  };
}

export function withAsked(
  book: QuestionBook,
  entry: { seq: number; at: string; picture_at?: string | null; body: EntryBodies['question.asked'] },
  ownPictureMs: number | null,
): QuestionBook {
  const { question_id: id, author, text, product_id, client_id } = entry.body;
  if (!author || !text || book.asked.has(id) || book.facts.get(id)?.state === 'removed') return book;
  const atMs = Date.parse(entry.at);
  const pictureMs = Date.parse(entry.picture_at ?? entry.at);
  const asked = new Map(book.asked).set(id, {
    id,
    seq: entry.seq,
    author,
    text,
    productId: product_id ?? null,
    clientId: client_id ?? null,
    atMs,
    shownFromMs: ownPictureMs === null ? pictureMs : Math.min(pictureMs, ownPictureMs),
  });
  if (asked.size > QUESTIONS_KEPT_MAX) asked.delete(leastWanted(book) ?? id);
  return { ...book, asked };
}

/** The oldest that nobody has voted for and no one has touched. */
function leastWanted(book: QuestionBook): string | undefined {
  const keys = [...book.asked.keys()];
  return keys.find((key) => !book.facts.has(key) && !book.votes.has(key)) ?? keys[0];
}

export function withVotes(book: QuestionBook, counts: Readonly<Record<string, number>>, seq: number): QuestionBook {
  const votes = new Map(book.votes);
  for (const [id, count] of Object.entries(counts)) {
    if ((votes.get(id)?.seq ?? 0) < seq) votes.set(id, { count, seq });
  }
  return { ...book, votes };
}

export function withFacts(book: QuestionBook, body: EntryBodies['question.changed'], seq: number): QuestionBook {
  const { question_id: id } = body;
  const counted = withVotes(book, { [id]: body.votes }, seq);
  const known = book.facts.get(id);
  // A question that was taken back stays so, whatever comes in later.
  if (known?.state === 'removed' || (known && known.seq >= seq && body.state !== 'removed')) return counted;
  const facts = new Map(book.facts).set(id, factsOf(body, seq));
  if (body.state !== 'removed' || !book.asked.has(id)) return { ...counted, facts };
  const asked = new Map(book.asked);
  asked.delete(id);
  return { ...counted, facts, asked };
}

export function withoutAuthor(book: QuestionBook, author: string): QuestionBook {
  const kept = [...book.asked].filter(([, asked]) => asked.author.id !== author);
  return kept.length === book.asked.size ? book : { ...book, asked: new Map(kept) };
}

/** The next picture after this one at which a question appears. */
export function nextAsked(book: QuestionBook, pictureMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { shownFromMs } of book.asked.values()) {
    if (shownFromMs > pictureMs && shownFromMs < next) next = shownFromMs;
  }
  return next;
}

const drawn = new WeakMap<QuestionBook, { from: number; until: number; questions: readonly Question[] }>();

/** All questions up to this picture, those that are being answered first, then by votes. */
export function questionsAt(book: QuestionBook, pictureMs: number): readonly Question[] {
  const known = drawn.get(book);
  if (known && pictureMs >= known.from && pictureMs < known.until) return known.questions;
  const questions: Question[] = [];
  for (const asked of book.asked.values()) {
    if (asked.shownFromMs > pictureMs) continue;
    const { state, mergedInto, answering, answeredMs, answer } = book.facts.get(asked.id) ?? AS_ASKED;
    const votes = book.votes.get(asked.id)?.count ?? 1;
    questions.push({ ...asked, state, mergedInto, answering, answeredMs, answer, votes });
  }
  questions.sort((a, b) => rank(a) - rank(b) || b.votes - a.votes || a.seq - b.seq);
  drawn.set(book, { from: pictureMs, until: nextAsked(book, pictureMs), questions });
  return questions;
}

const RANKS: Record<QuestionState, number> = { picked: 0, open: 1, answered: 2, merged: 3, dismissed: 3, removed: 4 };

function rank(question: Question): number {
  return question.answering !== null ? 0 : RANKS[question.state];
}
