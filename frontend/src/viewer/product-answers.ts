/** The answers about a product: those that came with the page, and those that the timeline has told since. Pure. */
import type { ProductAnswer } from '../api/types.ts';
import { ShowClock } from '../player/picture-time.ts';
import type { Question, ViewState } from '../timeline-client/index.ts';

export interface Answer {
  questionId: string;
  question: string;
  /** The picture at which it was answered on air. */
  answeredMs: number | null;
  /** In writing, to everyone. */
  text: string | null;
}

type Seen = Pick<ViewState, 'questions' | 'questionFacts' | 'startedAt' | 'state'>;
type Standing = Pick<Question, 'state' | 'answeredMs' | 'answer'>;

/**
 * In the order of their places in the show, those in writing last. An answer that is still to come at this picture is
 * not there yet; after the end, all of the show are.
 */
export function answersAbout(productId: string, served: readonly ProductAnswer[], view: Seen, pictureMs: number): Answer[] {
  const found = new Map(served.map((one) => [one.question_id, servedAnswer(one, view)]));
  for (const one of view.questions) {
    if (one.productId === productId && one.state === 'answered') found.set(one.id, answerOf(one.id, one.text, one));
  }
  return [...found.values()]
    .filter((one) => one !== null)
    .filter(({ answeredMs, text }) => text !== null || (answeredMs !== null && (view.state === 'ended' || answeredMs <= pictureMs)))
    .sort((a, b) => (a.answeredMs ?? Number.POSITIVE_INFINITY) - (b.answeredMs ?? Number.POSITIVE_INFINITY) || 0);
}

/** The timeline knows better how a question stands than the page did, if it tells of it: it may have been taken back. */
function servedAnswer({ question_id: id, question, answered_at_s, answer }: ProductAnswer, view: Seen): Answer | null {
  const facts = view.questionFacts.get(id);
  if (facts) return facts.state === 'answered' ? answerOf(id, question, facts) : null;
  const clock = new ShowClock({ startedAt: view.startedAt, spans: [], isRecording: false });
  const answeredMs = answered_at_s === null ? null : clock.pictureAtShowTime(answered_at_s);
  return { questionId: id, question, answeredMs, text: answer };
}

function answerOf(questionId: string, question: string, { answeredMs, answer }: Standing): Answer {
  return { questionId, question, answeredMs, text: answer?.text ?? null };
}
