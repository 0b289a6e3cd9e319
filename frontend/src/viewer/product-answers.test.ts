import { describe, expect, it } from 'vitest';
import type { ProductAnswer } from '../api/types.ts';
import type { Question, ViewState } from '../timeline-client/index.ts';
import { answersAbout } from './product-answers.ts';

const STARTED = '2026-03-01T18:00:00.000Z';
const picture = (seconds: number) => Date.parse(STARTED) + seconds * 1000;

const VEGAN: ProductAnswer = { question_id: 'q1', question: 'Is it vegan?', answered_at_s: 12.5, answer: null };
const LASTS: ProductAnswer = { question_id: 'q2', question: 'Does it last?', answered_at_s: null, answer: 'All day.' };

type Standing = Partial<Pick<Question, 'state' | 'answeredMs' | 'answer'>>;

function asked(id: string, standing: Standing = {}, productId: string | null = 'p1'): Question {
  return {
    id, seq: 1, author: { id: 'g:1', name: 'Ana', role: 'guest' }, text: `words of ${id}`, productId, clientId: null, atMs: 0, shownFromMs: 0,
    state: 'answered', votes: 1, mergedInto: null, answering: null, answeredMs: null, answer: null, ...standing,
  };
}

function seen(questions: Question[] = [], state: ViewState['state'] = 'live') {
  const questionFacts = new Map(questions.map((one) => [one.id, one]));
  return { questions: questions.filter((one) => one.state !== 'removed'), questionFacts, startedAt: STARTED, state };
}

const ids = (found: { questionId: string }[]) => found.map((one) => one.questionId);

describe('the answers about a product', () => {
  it('are those that came with the page', () => {
    expect(answersAbout('p1', [LASTS, VEGAN], seen(), picture(60))).toEqual([
      { questionId: 'q1', question: 'Is it vegan?', answeredMs: picture(12.5), text: null },
      { questionId: 'q2', question: 'Does it last?', answeredMs: null, text: 'All day.' },
    ]);
  });

  it('gain those given since, each once, and of this product alone', () => {
    const view = seen([
      asked('q1', { answeredMs: picture(12.5), answer: { text: 'Yes.', name: 'Maison' } }),
      asked('q3', { answeredMs: picture(4) }),
      asked('q4', { answeredMs: picture(5) }, 'p2'),
      asked('q5', { state: 'picked' }),
    ]);
    expect(answersAbout('p1', [VEGAN, LASTS], view, picture(60))).toEqual([
      { questionId: 'q3', question: 'words of q3', answeredMs: picture(4), text: null },
      { questionId: 'q1', question: 'words of q1', answeredMs: picture(12.5), text: 'Yes.' },
      { questionId: 'q2', question: 'Does it last?', answeredMs: null, text: 'All day.' },
    ]);
  });

  it('wait for their picture; after the end all of them are there', () => {
    const live = seen([asked('q3', { answeredMs: picture(40) })]);
    expect(ids(answersAbout('p1', [VEGAN], live, picture(12)))).toEqual([]);
    expect(ids(answersAbout('p1', [VEGAN], live, picture(39.9)))).toEqual(['q1']);
    expect(ids(answersAbout('p1', [VEGAN], live, picture(40)))).toEqual(['q1', 'q3']);
    expect(ids(answersAbout('p1', [VEGAN], seen([], 'ended'), picture(0)))).toEqual(['q1']);
  });

  it('are gone with their question, and when it is open again', () => {
    for (const state of ['removed', 'open', 'dismissed'] as const) {
      expect(answersAbout('p1', [VEGAN], seen([asked('q1', { state })]), picture(60))).toEqual([]);
    }
  });

  it('leave out an answer to the asker alone', () => {
    expect(answersAbout('p1', [], seen([asked('q6')]), picture(60))).toEqual([]);
  });
});
