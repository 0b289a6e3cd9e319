import { describe, expect, it } from 'vitest';
import { Api } from '../api/client.ts';
import { viewAt, type BackstageDoc } from '../timeline-client/index.ts';
import { docFromSnapshot } from '../timeline-client/index.ts';
import { snapshotOf } from '../timeline-client/testing.ts';
import { ActionRunner } from './action-runner.ts';
import { Talk } from './talk.ts';
import type { UndoOffer } from './undo.ts';

const PICTURE = new Date('2026-05-01T18:00:05.120Z');

interface Call {
  method: string;
  path: string;
  body: unknown;
}

function setUp(answer: (call: Call) => unknown = () => ({})) {
  const calls: Call[] = [];
  const said: { words: string; undo: UndoOffer | undefined }[] = [];
  const api = new Api({
    fetch: (input, init = {}) => {
      const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
      const call = { method: init.method ?? 'GET', path: (input as string).replace('/api/v1/shows/evening', ''), body };
      calls.push(call);
      const said = answer(call);
      return Promise.resolve(said instanceof Response ? said : Response.json(said));
    },
  });
  const actions = new ActionRunner({ changed: () => undefined, done: (words, undo) => said.push({ words, undo }), pictureAt: () => PICTURE });
  const talk = new Talk('/shows/evening', api, actions, () => undefined);
  return { calls, said, actions, talk };
}

const WHOM = { messageId: 'm1', viewerId: 'g:1', name: 'Sam', text: 'rubbish' };

const lists = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('actions of a moderator', () => {
  it('answers a question at the picture that is seen', async () => {
    const { calls, talk } = setUp();
    await talk.answerOnAir('q1');
    expect(calls[0]).toEqual({ method: 'POST', path: '/questions/q1/answer', body: { how: 'on_air', picture_at: PICTURE.toISOString() } });
    talk.stop();
  });

  it('warns without a time', async () => {
    const { calls, talk } = setUp();
    await talk.measure('warnings', WHOM, 10, 'be kind');
    await talk.measure('time-outs', WHOM, 10, '');
    expect(calls).toEqual([
      { method: 'POST', path: '/warnings', body: { message_id: 'm1', reason: 'be kind' } },
      { method: 'POST', path: '/time-outs', body: { message_id: 'm1', reason: '', minutes: 10 } },
    ]);
  });

  it('recommends to one person; a refusal names its field', async () => {
    const refusal = { type: 'about:blank', title: 'Invalid', status: 422, code: 'invalid', field: 'text', detail: 'Write 1 to 280 characters.' };
    const { calls, said, actions, talk } = setUp(({ body }) => ((body as { text: string }).text ? { seq: 1 } : Response.json(refusal, { status: 422 })));
    const whom = { viewerId: 'g:1', name: 'Sam', text: 'Which balm?' };
    expect(await talk.offer(whom, { productId: null, text: '' })).toBe(false);
    expect([actions.errorAt('offer'), actions.wrongField('offer')]).toEqual(['Write 1 to 280 characters.', 'text']);
    expect(await talk.offer(whom, { productId: 'p1', text: 'The night balm' })).toBe(true);
    expect([actions.errorAt('offer'), actions.wrongField('offer')]).toEqual([undefined, undefined]);
    expect(calls[1]).toEqual({ method: 'POST', path: '/offers', body: { viewer_id: 'g:1', product_id: 'p1', text: 'The night balm' } });
    expect(said.map((one) => one.words)).toEqual(['Sam has your recommendation.']);
  });

  it('erases a person at the brand, and says what was found', async () => {
    const { calls, said, talk } = setUp(({ method }) => (method === 'DELETE' ? { messages: 3, questions: 1, shows: 2 } : []));
    talk.start('maison');
    await talk.erase({ viewerId: 'g:1' });
    expect(calls.filter((call) => call.method === 'DELETE').map((call) => call.path)).toEqual(['/api/v1/brands/maison/people/g%3A1']);
    expect(said).toEqual([{ words: 'Erased: 3 messages, 1 question, 2 shows.', undo: undefined }]);
    talk.stop();
  });

  it('times out a person by id where no message is known', async () => {
    const { calls, talk } = setUp(() => ({ id: 'r1' }));
    await talk.measure('time-outs', { viewerId: 'g:1', name: '', text: 'why?' }, 1, '');
    expect(calls[0]?.body).toEqual({ viewer_id: 'g:1', reason: '', minutes: 1 });
  });

  it('keeps an item locked while somebody types, with few requests', async () => {
    const { calls, actions, talk } = setUp();
    talk.keep('review', 'i1');
    talk.keep('review', 'i1');
    expect(actions.isBusy('review:i1')).toBe(false);
    await talk.decide('i1', 'decline', 'be kind');
    expect(calls.filter((call) => call.method === 'POST').map((call) => call.path)).toEqual(['/review/i1/take', '/review/i1/decide']);
    talk.stop();
  });

  it('shows what went wrong at the question, and changes nothing', async () => {
    const { actions, said, talk } = setUp(() => Response.json({ status: 409, code: 'conflict', detail: 'Lea is looking at it.' }, { status: 409 }));
    expect(await talk.decide('i1', 'approve')).toBe(false);
    expect(actions.errorAt('review:i1')).toBe('Lea is looking at it.');
    expect(said).toEqual([]);
  });
});

describe('an action is taken back by its line in the log', () => {
  const standing = { id: 's1', viewer_id: 'g:1', name: 'Sam', reason: 'spam', at: '', by: null, kind: 'ban', until: null } as const;
  const word = { id: 'w1', pattern: 'fake', language: '', action: 'hold', replacement: '', catches_variants: true } as const;
  const deeds: readonly (readonly [string, string, (talk: Talk) => Promise<boolean>])[] = [
    ['comment.pinned', 'm1', (talk) => talk.pin('m1')],
    ['comment.unpinned', 'm1', (talk) => talk.unpin('m1')],
    ['question.picked', 'q1', (talk) => talk.question('q1', 'pick')],
    ['question.unpicked', 'q1', (talk) => talk.question('q1', 'unpick')],
    ['question.dismissed', 'q1', (talk) => talk.question('q1', 'dismiss')],
    ['question.answered', 'q1', (talk) => talk.answerOnAir('q1')],
    ['question.merged', 'q1', (talk) => talk.merge('q1', 'q2')],
    ['poll.opened', 'p1', (talk) => talk.openPollNow('p1', 30)],
    ['time_out', 'g:1', (talk) => talk.measure('time-outs', WHOM, 10, '')],
    ['ban.lifted', 'g:1', (talk) => talk.lift(standing)],
    ['shield.off', '', (talk) => talk.shield(false)],
    ['word.removed', 'w1', (talk) => talk.deleteWord(word)],
  ];

  it.each(deeds)('%s', async (action, target, deed) => {
    const mine = { audit_id: 'mine', action, target, is_mine: true };
    const log = [{ ...mine, audit_id: 'theirs', is_mine: false }, { ...mine, audit_id: 'other', target: 'x' }, mine, { ...mine, audit_id: 'older' }];
    const { calls, actions, talk } = setUp(({ path }) => (path === '/audit' ? log : {}));
    await deed(talk);
    calls.length = 0;
    expect(await actions.undo()).toBe(true);
    expect(calls.slice(0, 2).map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /audit', 'POST /audit/mine/undo']);
    talk.stop();
  });

  it('and is refused when it was not theirs, or has been changed since', async () => {
    const refusal = { status: 409, code: 'changed-since', detail: 'This has been changed since.' };
    const log = [{ audit_id: 'a1', action: 'comment.pinned', target: 'm1', is_mine: true }];
    const { calls, said, actions, talk } = setUp(({ path }) => (path === '/audit' ? log : path.startsWith('/audit/') ? Response.json(refusal, { status: 409 }) : {}));
    await talk.pin('m2');
    expect(await actions.undo()).toBe(false);
    expect(calls.map((call) => call.path)).toEqual(['/pin', '/audit']);
    await talk.pin('m1');
    expect(await actions.undo()).toBe(false);
    expect(said.map((one) => one.words).filter((words) => words.startsWith('That could not'))).toEqual([
      'That could not be undone. It was not you who did this: it was so already.',
      'That could not be undone. This has been changed since.',
    ]);
  });

  it('but not a poll that has closed another', async () => {
    const { said, talk } = setUp(({ path }) => (path === '/polls' ? [{ poll_id: 'p0', state: 'open' }] : {}));
    talk.refresh('polls');
    await lists();
    await talk.openPollNow('p1', null);
    expect(said).toEqual([{ words: 'The poll is open.', undo: undefined }]);
    talk.stop();
  });
});

describe('the lists', () => {
  it('are fetched anew when the timelines say that they are old, and only then', async () => {
    const { calls, talk } = setUp(() => []);
    const doc = docFromSnapshot(snapshotOf());
    talk.watch(viewAt(doc, Number.POSITIVE_INFINITY));
    talk.watch(viewAt(doc, Number.POSITIVE_INFINITY));
    await lists();
    expect(calls).toEqual([]);
    talk.watch(viewAt({ ...doc, rules: { ...doc.rules, slow_s: 30 } }, Number.POSITIVE_INFINITY));
    await lists();
    expect(calls.map((call) => call.path)).toEqual(['/chat-rules']);
    const backstage: BackstageDoc = { seq: 0, epoch: 'e', review: new Map(), audit: [], tallies: new Map(), dealsSeq: 0 };
    talk.watchBackstage(backstage);
    talk.watchBackstage({ ...backstage, tallies: new Map([['p1', { votes: [1, 0], voters: 1 }]]) });
    await lists();
    expect(calls.map((call) => call.path)).toEqual(['/chat-rules', '/polls']);
    talk.stop();
  });

  it('of people are fetched when their dialog opens, and again after each line of the log', async () => {
    const { calls, talk } = setUp(() => []);
    const line = { seq: 4, atMs: 0, audit_id: 'a1', action: 'time_out', actor: 'Lea', target_name: 'Sam', reason: '', can_undo: true };
    const backstage: BackstageDoc = { seq: 0, epoch: 'e', review: new Map(), audit: [], tallies: new Map(), dealsSeq: 0 };
    talk.watchBackstage(backstage);
    talk.watchBackstage({ ...backstage, audit: [line] });
    await lists();
    expect(calls).toEqual([]);
    talk.refresh('people');
    await lists();
    talk.watchBackstage({ ...backstage, audit: [{ ...line, seq: 5 }, line] });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(calls.map((call) => call.path)).toEqual(['/restrictions', '/restrictions']);
    talk.stop();
  });

  it('tell of each item in the review queue once', async () => {
    const queues = [[{ item_id: 'a', taken_until: null }], [{ item_id: 'a', taken_until: null }, { item_id: 'b', taken_until: null }]];
    const { talk } = setUp(() => queues.shift() ?? []);
    talk.refresh('review');
    await lists();
    expect(talk.takeNews()).toBe(0); // what waited before is no news
    talk.refresh('review', 0);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect([talk.takeNews(), talk.takeNews()]).toEqual([1, 0]);
    talk.stop();
  });

  it('are not fetched again by a person who may not see them', async () => {
    const { calls, talk } = setUp(() => Response.json({ status: 403, code: 'forbidden' }, { status: 403 }));
    talk.refresh('review');
    await lists();
    talk.refresh('review');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(calls).toHaveLength(1);
    talk.stop();
  });
});

describe('a poll in one step', () => {
  const DRAFT = { question: 'Fig or Poppy?', options: [], choices_max: 1, is_quiz: false, hides_tally: false };

  it('is made and opened at the picture that is seen', async () => {
    const { talk, calls, said } = setUp(() => ({ poll_id: 'poll1' }));
    expect(await talk.savePoll(DRAFT, null, true)).toBe(true);
    talk.stop();
    expect(calls.map((call) => call.path)).toEqual(['/polls', '/polls/poll1/open']);
    expect(said.map((one) => one.words)).toEqual(['The poll is open.']);
  });

  it('stays prepared when opening it is refused', async () => {
    const refusal = { status: 409, code: 'conflict', detail: 'No.' };
    const { talk, said } = setUp(({ path }) => (path === '/polls' ? { poll_id: 'poll1' } : Response.json(refusal, { status: 409 })));
    expect(await talk.savePoll(DRAFT, null, true)).toBe(true);
    talk.stop();
    expect(said).toEqual([]);
  });
});
