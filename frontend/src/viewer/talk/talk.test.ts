import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/client.ts';
import type { Problem, Viewer } from '../../api/types.ts';
import type { Ack, Message, OwnState, Poll, ViewState } from '../../timeline-client/index.ts';
import { applyOwn } from '../../timeline-client/own-state.ts';
import { Announcer } from './announcer.ts';
import { Hearts, type Counts } from './hearts.ts';
import { chatLines, type Line as ChatLine } from './lines.ts';
import { unsent } from './draft.ts';
import { mentionChoices, mentionParts, typedMention, withMention } from './mentions.ts';
import { Talk, type TalkTimeline } from './talk.ts';
import { verdictOf } from './verdict.ts';
import { writingOf, type WritingFacts } from './writing.ts';

const ME: Viewer = { id: 'g:me', name: 'Me', role: 'guest' };

function message(seq: number, atMs: number, values: Partial<Message> = {}): Message {
  const author = { id: `g:${seq}`, name: `Guest ${seq}`, role: 'guest' };
  return { id: `m${seq}`, seq, author, text: `words ${seq}`, atMs, shownFromMs: atMs, clientId: null, replyTo: null, mentions: [], ...values };
}

const drawn = (lines: readonly ChatLine[]) => lines.map((line) => (line.kind === 'more' ? `+${line.count}` : line.message.id));

describe('a fast chat', () => {
  /** `n` messages in each second from `fromS` on. */
  function crowd(n: number, fromS: number, forS: number): Message[] {
    return Array.from({ length: n * forS }, (_, i) => message(fromS * 1000 + i, fromS * 1000 + Math.floor((i * 1000) / n)));
  }

  it('draws a burst, then the first few messages of each busy second with the number of the others', () => {
    const lines = drawn(chatLines(crowd(30, 0, 3), [], null));
    expect(lines.filter((line) => line.startsWith('+'))).toEqual(['+6', '+26', '+26']);
    expect(lines.length).toBe(24 + 1 + 5 + 5);
  });

  it('draws every message at a speed that can be read', () => {
    expect(drawn(chatLines(crowd(4, 0, 30), [], null)).some((line) => line.startsWith('+'))).toBe(false);
    // Quiet again, then a burst: it is read afterwards.
    const later = chatLines([...crowd(30, 0, 3), ...crowd(20, 60, 1)], [], null);
    expect(drawn(later).slice(-20).some((line) => line.startsWith('+'))).toBe(false);
  });

  it('always draws the viewer’s own messages, those that name the viewer, and the team’s', () => {
    const special = [
      message(90_001, 3_900, { author: { id: 'g:me', name: 'Me', role: 'guest' } }),
      message(90_002, 3_901, { mentions: [{ id: 'g:me', name: 'Me' }] }),
      message(90_003, 3_902, { author: { id: 'u:host', name: 'Host', role: 'host' } }),
      message(90_004, 3_903),
    ];
    expect(drawn(chatLines([...crowd(30, 0, 4).filter((one) => one.atMs < 3_900), ...special], [], 'g:me')).slice(-4)).toEqual(['m90001', 'm90002', 'm90003', '+1']);
  });

  it('draws the same up to a picture, however the viewer got there', () => {
    const messages = crowd(30, 0, 5);
    const named = (lines: readonly ChatLine[]) => drawn(lines).filter((line) => !line.startsWith('+'));
    const whole = named(chatLines(messages, [], null));
    for (let shown = 1; shown < messages.length; shown += 1) {
      const some = named(chatLines(messages.slice(0, shown), [], null));
      expect(whole.slice(0, some.length)).toEqual(some);
    }
  });

  it('puts an own message that waits for review in the place of its writing', () => {
    const own = { message: message(9, 150, { id: 'mine' }), mark: 'held' as const };
    expect(drawn(chatLines([message(1, 100), message(2, 200)], [own], 'g:me'))).toEqual(['m1', 'mine', 'm2']);
  });
});

describe('a draft', () => {
  it.each([
    ['fan', '', 'nothing was written meanwhile'],
    ['fan  and two', 'and two', 'somebody wrote on'],
    ['fig', 'fig', 'somebody wrote something else'],
  ])('%j keeps %j once its message is sent: %s', (draft, kept) => {
    expect(unsent(draft, 'fan')).toBe(kept);
  });
});

describe('mentions', () => {
  const messages = [message(1, 1, { author: { id: 'a', name: 'Ada', role: 'guest' } }), message(2, 2, { author: { id: 'b', name: 'Ada Lovelace', role: 'guest' } })];

  it('are completed from the last writers, also names of two words', () => {
    expect(typedMention('hello @ad', 9)).toEqual({ from: 6, to: 9, beginning: 'ad' });
    expect(typedMention('mail@example', 12)).toBeNull();
    expect(typedMention('hello', 5)).toBeNull();
    expect(mentionChoices(messages, 'ad', null)).toEqual(['Ada Lovelace', 'Ada']);
    expect(mentionChoices(messages, 'ada l', null)).toEqual(['Ada Lovelace']);
    expect(mentionChoices(messages, '', 'b')).toEqual(['Ada']);
    expect(mentionChoices(messages, 'ada lovelace', null)).toEqual([]);
    expect(withMention('hello @ad you', { from: 6, to: 9, beginning: 'ad' }, 'Ada')).toEqual({ text: 'hello @Ada you', caret: 11 });
  });

  it('stand apart in the text, the longest name first', () => {
    expect(mentionParts('so @Ada Lovelace, @ada!', ['Ada', 'Ada Lovelace'])).toEqual([
      { text: 'so ', isName: false },
      { text: '@Ada Lovelace', isName: true },
      { text: ', ', isName: false },
      { text: '@ada', isName: true },
      { text: '!', isName: false },
    ]);
  });
});

describe('permission to write', () => {
  const facts: WritingFacts = {
    state: 'live',
    rules: { mode: 'everyone', trait: null, slow_s: 0, shield: false },
    viewer: ME,
    isBanned: false,
    timeOut: null,
    hasWarning: false,
    sinceSentMs: null,
    toldWaitMs: 0,
    nowMs: 100_000,
  };
  const rules = (mode: string, slow_s = 0) => ({ ...facts.rules, mode, slow_s });

  it.each([
    [{}, { may: 'write', waitMs: 0, onlyFor: null }],
    [{ state: 'ended' }, { may: 'not', why: 'ended' }],
    [{ isBanned: true }, { may: 'not', why: 'banned' }],
    [{ rules: rules('signed_in') }, { may: 'not', why: 'signed_in' }],
    [{ rules: rules('customers') }, { may: 'not', why: 'signed_in' }],
    [{ rules: rules('customers'), viewer: { ...ME, role: 'member' } }, { may: 'write', waitMs: 0, onlyFor: 'customers' }],
    [{ rules: rules('staff'), viewer: { ...ME, role: 'member' } }, { may: 'not', why: 'staff' }],
    [{ rules: rules('staff', 30), viewer: { ...ME, role: 'host' }, sinceSentMs: 1_000 }, { may: 'write', waitMs: 0, onlyFor: null }],
    [{ timeOut: { untilMs: 160_000, reason: 'Enough.' } }, { may: 'not', why: 'time-out', untilMs: 160_000, reason: 'Enough.' }],
    [{ timeOut: { untilMs: 90_000, reason: '' } }, { may: 'write', waitMs: 0, onlyFor: null }],
    [{ hasWarning: true }, { may: 'not', why: 'warning' }],
    [{ rules: rules('everyone', 30), sinceSentMs: 10_000 }, { may: 'write', waitMs: 20_000, onlyFor: null }],
    [{ rules: rules('everyone', 30), sinceSentMs: 40_000 }, { may: 'write', waitMs: 0, onlyFor: null }],
    [{ toldWaitMs: 3_500 }, { may: 'write', waitMs: 3_500, onlyFor: null }],
  ])('%j', (changed, writing) => {
    expect(writingOf({ ...facts, ...changed } as WritingFacts)).toEqual(writing);
  });
});

describe('reactions', () => {
  function hearts(answer: (totals: Counts) => Promise<unknown> = () => Promise.resolve()) {
    const sent: Counts[] = [];
    const timers: { atMs: number; callback: () => void }[] = [];
    const clock = { ms: 10_000 };
    const made = new Hearts({
      now: () => clock.ms,
      setTimeout: (callback, ms) => timers.push({ atMs: clock.ms + ms, callback }),
      send: (totals) => {
        sent.push(totals);
        return answer(totals);
      },
    });
    const pass = async (ms: number) => {
      const until = clock.ms + ms;
      for (;;) {
        timers.sort((a, b) => a.atMs - b.atMs);
        const [first] = timers;
        if (!first || first.atMs > until) break;
        timers.shift();
        clock.ms = first.atMs;
        first.callback();
        for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
      }
      clock.ms = until;
    };
    return { made, sent, pass };
  }

  it('go as totals, at most once a second', async () => {
    const { made, sent, pass } = hearts();
    for (let tap = 0; tap < 30; tap += 1) {
      made.tap('heart');
      await pass(100);
    }
    made.tap('clap');
    await pass(2_000);
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(sent.at(-1)).toEqual({ heart: 30, clap: 1 });
  });

  it('go again when the server says when, and are not insisted on when it refuses', async () => {
    let isBusy = true;
    const { made, sent, pass } = hearts(() => (isBusy ? Promise.reject(new ApiError({ status: 429, code: 'x', detail: '', retry_after_s: 3 })) : Promise.resolve()));
    made.tap('heart');
    await pass(100);
    isBusy = false;
    await pass(2_000);
    expect(sent.length).toBe(1);
    await pass(1_500);
    expect(sent).toEqual([{ heart: 1 }, { heart: 1 }]);

    const refused = hearts(() => Promise.reject(new ApiError({ status: 403, code: 'banned', detail: '' })));
    refused.made.tap('heart');
    await refused.pass(60_000);
    expect(refused.sent.length).toBe(1);
  });

  it('of others float up as the picture goes on; the viewer’s own only once, and none at a jump', () => {
    const { made } = hearts();
    expect(made.floats(1_000, { heart: 100 })).toEqual({});
    expect(made.floats(1_100, { heart: 103 })).toEqual({ heart: 3 });
    made.tap('heart');
    made.tap('heart');
    expect(made.floats(4_000, { heart: 106, fire: 1 })).toEqual({ heart: 1, fire: 1 });
    expect(made.floats(60_000, { heart: 900 })).toEqual({});
    expect(made.floats(59_000, { heart: 800 })).toEqual({});
    expect(made.floats(59_100, { heart: 900 })['heart']).toBe(8);
  });
});

describe('the number on the heart', () => {
  it('has the viewer’s own taps at once, and counts them only once, however late the picture is', () => {
    const clock = { ms: 100_000 };
    const made = new Hearts({ now: () => clock.ms, setTimeout: () => 1, send: () => Promise.resolve() });
    made.tap('heart');
    made.tap('heart');
    expect(made.total('heart', { heart: 10 }, 97_000)).toBe(12);
    expect(made.total('heart', { heart: 10 }, 101_000)).toBe(12);
    expect(made.total('heart', { heart: 12 }, 102_500)).toBe(12);
    expect(made.total('heart', { heart: 12 }, 900_000)).toBe(12);
  });
});

describe('a screen reader', () => {
  it('is told one thing at a time, and the number of chat messages alone', () => {
    const announcer = new Announcer(0, (count) => `${count} new`);
    announcer.news('a poll', 0);
    announcer.news('a poll', 10);
    announcer.news('pinned', 20);
    const said: [number, string][] = [];
    for (let ms = 0; ms < 65_000; ms += 1000) {
      announcer.messages(40);
      const text = announcer.next(ms);
      if (text !== null) said.push([ms, text]);
    }
    expect(said).toEqual([
      [0, 'a poll'],
      [4_000, 'pinned'],
      [30_000, '1240 new'],
      [60_000, '1200 new'],
    ]);
  });

  it('does not hear old news', () => {
    const announcer = new Announcer(0, String);
    announcer.news('first', 0);
    announcer.news('second', 0);
    expect(announcer.next(0)).toBe('first');
    expect(announcer.next(30_000)).toBeNull();
  });
});

describe('a quiz', () => {
  it.each([
    [[1], [1], 'right'],
    [[1], [0], 'wrong'],
    [[0, 2], [2, 0], 'right'],
    [[0, 2], [0], 'partly-right'],
    [[0, 2], [0, 1], 'partly-right'],
    [[0, 2], [0, 1, 2], 'partly-right'],
    [[0, 2], [1], 'wrong'],
  ])('of which %j are right, answered by %j: %s', (right, mine, verdict) => {
    expect(verdictOf(right, mine)).toBe(verdict);
  });
});

describe('a person in a show', () => {
  const NOTHING: OwnState = { seq: 0, held: new Map(), warning: null, liftedWarnings: new Set(), timeOut: null, cartVersion: 0, deals: new Map(), keptSeq: 0, news: [] };
  const VIEW = {
    state: 'live',
    messages: [],
    questions: [],
    polls: [],
    auctions: [],
    giveaways: [],
    activations: [],
    rules: { mode: 'everyone', trait: null, slow_s: 0, shield: false },
  } as unknown as ViewState;

  class FakeTimeline implements TalkTimeline {
    view = VIEW;
    own = NOTHING;
    pictureMs: number | null = 50_000;
    isBanned = false;
    nowMs = 55_000;
    readonly sent: { name: string; body: Record<string, unknown>; id: string | undefined }[] = [];
    answer: Ack | Problem = { id: 'c1', seq: 3 };
    serverNowMs(): number {
      return this.nowMs;
    }
    send(name: string, body: Record<string, unknown>, id?: string): Promise<Ack> {
      this.sent.push({ name, body, id });
      return 'status' in this.answer ? Promise.reject(new ApiError(this.answer as Problem)) : Promise.resolve(this.answer as Ack);
    }
  }

  function talk() {
    const timeline = new FakeTimeline();
    const clock = { ms: 1_000 };
    return { timeline, clock, talk: new Talk({ timeline, viewer: () => ME, onChange: () => undefined, clock: () => clock.ms }) };
  }

  it('a message that was taken is there at once, until the timeline shows it', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { id: 'c1', seq: 3, message_id: 'm3', state: 'shown' };
    mine.reply(message(1, 1));
    expect(await mine.say('hello', 'c1')).toBe('shown');
    expect(timeline.sent).toEqual([{ name: 'message', body: { text: 'hello', reply_to: 'm1' }, id: 'c1' }]);
    expect(mine.replyTo).toBeNull();
    expect(mine.ownLines.map((one) => [one.message.text, one.mark, one.message.shownFromMs])).toEqual([['hello', 'sent', 50_000]]);
    timeline.view = { ...VIEW, messages: [message(3, 55_000, { id: 'm3' })] };
    expect(mine.ownLines).toEqual([]);
  });

  it('a held message is marked, and its outcome is told', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { id: 'c1', seq: null, message_id: 'm3', state: 'held' };
    expect(await mine.say('see my shop', 'c1')).toBe('held');
    expect(mine.ownLines[0]?.mark).toBe('held');
    const held = { messageId: 'm3', clientId: 'c1', note: 'No adverts', seq: 2 };
    timeline.own = { ...NOTHING, held: new Map([['m3', { ...held, state: 'declined' as const }]]) };
    expect(mine.ownLines[0]?.mark).toBe('declined');
    expect(mine.noteOf('m3')).toBe('No adverts');
    timeline.own = { ...NOTHING, held: new Map([['m3', { ...held, state: 'approved' as const }]]) };
    expect(mine.ownLines).toEqual([]);
  });

  it('a writer who is too fast is told the wait, and keeps the quoted message', async () => {
    const { timeline, talk: mine } = talk();
    const answered = message(1, 1);
    mine.reply(answered);
    timeline.answer = { status: 429, code: 'slow-mode', detail: '', retry_after_s: 12 };
    await expect(mine.say('again', 'c1')).rejects.toMatchObject({ code: 'slow-mode' });
    expect(mine.writing).toEqual({ may: 'write', waitMs: 12_000, onlyFor: null });
    expect(mine.replyTo).toBe(answered);
  });

  it('the wait of slow mode is as long as the server holds it, also when the server clock is measured anew', async () => {
    const { timeline, clock, talk: mine } = talk();
    timeline.view = { ...VIEW, rules: { ...VIEW.rules, slow_s: 6 } };
    await mine.say('one', 'c1');
    timeline.nowMs += 700; // a better measurement
    expect(mine.writing).toEqual({ may: 'write', waitMs: 6_000, onlyFor: null });
    clock.ms += 5_999;
    timeline.nowMs -= 400;
    expect(mine.writing).toEqual({ may: 'write', waitMs: 1, onlyFor: null });
    clock.ms += 1;
    expect(mine.writing).toEqual({ may: 'write', waitMs: 0, onlyFor: null });
    timeline.answer = { status: 429, code: 'slow-mode', detail: '', retry_after_s: 2 };
    await expect(mine.say('two', 'c2')).rejects.toMatchObject({ code: 'slow-mode' });
    timeline.nowMs += 1_500;
    expect(mine.writing).toEqual({ may: 'write', waitMs: 2_000, onlyFor: null });
  });

  it('a refusal that tells of a time-out or a warning closes the composer', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { status: 403, code: 'timed-out', detail: '', until: new Date(100_000).toISOString(), reason: 'Calm down.' };
    await expect(mine.say('x', 'c1')).rejects.toBeInstanceOf(ApiError);
    expect(mine.writing).toEqual({ may: 'not', why: 'time-out', untilMs: 100_000, reason: 'Calm down.' });
    timeline.nowMs = 100_001;
    timeline.answer = { status: 403, code: 'warned', detail: 'Read it first.', reason: 'Be kind.', warning_id: 'w1' };
    await expect(mine.say('x', 'c1')).rejects.toBeInstanceOf(ApiError);
    expect(mine.warning).toEqual({ id: 'w1', reason: 'Be kind.' });
    timeline.answer = { id: 'c2', seq: null };
    await mine.acknowledge('w1');
    expect(mine.warning).toBeNull();
    expect(mine.writing.may).toBe('write');
  });

  it('a warning that was taken back is gone, however it had been told', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { status: 403, code: 'warned', detail: 'Read it first.', reason: 'Be kind.', warning_id: 'w1' };
    await expect(mine.say('x', 'c1')).rejects.toBeInstanceOf(ApiError);
    const entry = { seq: 1, at: '', kind: 'warning', body: { warning_id: 'w1', reason: 'Be kind.' } } as const;
    timeline.own = applyOwn(timeline.own, { from: 1, to: 1, entries: [entry] });
    expect(mine.warning).toMatchObject({ id: 'w1' });
    const lifted = { ...entry, seq: 2, body: { ...entry.body, lifted: true } };
    timeline.own = applyOwn(timeline.own, { from: 2, to: 2, entries: [lifted] });
    expect(mine.warning).toBeNull();
    expect(mine.writing.may).toBe('write');
  });

  it('a vote counts when the server has it, not before', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { status: 409, code: 'poll-closed', detail: '' };
    await expect(mine.vote('p1', [1])).rejects.toBeInstanceOf(ApiError);
    expect(mine.choiceOf('p1')).toEqual([]);
    timeline.answer = { id: 'c2', seq: 4 };
    await mine.vote('p1', [1]);
    expect(mine.choiceOf('p1')).toEqual([1]);
    await mine.voteForQuestion('q1', true);
    expect(mine.hasVotedFor('q1')).toBe(true);
    await mine.voteForQuestion('q1', false);
    expect(mine.hasVotedFor('q1')).toBe(false);
  });

  it('votes and questions from before the page was opened are known', () => {
    const { talk: mine } = talk();
    mine.adopt({
      votes: { p1: [0, 2] },
      question_votes: ['q1'],
      questions: [{ question_id: 'q9', client_id: 'c9', text: 'held?', product_id: null, state: 'held', votes: 0 }],
      held: [{ message_id: 'm9', client_id: 'c8', text: 'waiting' }],
      time_out_until: new Date(99_000).toISOString(),
    });
    expect(mine.choiceOf('p1')).toEqual([0, 2]);
    expect(mine.hasVotedFor('q1')).toBe(true);
    expect(mine.hiddenQuestions([]).map((one) => one.text)).toEqual(['held?']);
    expect(mine.ownLines.map((one) => one.mark)).toEqual(['held']);
    expect(mine.writing).toMatchObject({ why: 'time-out' });
  });

  it('a message from before the page was opened is drawn in its place, like all others', () => {
    const { timeline, talk: mine } = talk();
    const sent = (id: string, atMs: number, more = {}) => ({ message_id: id, client_id: id, at: new Date(atMs).toISOString(), text: id, ...more });
    const reply = { message_id: 'm2', name: 'Guest 2', text: 'words 2' };
    timeline.view = { ...VIEW, messages: [message(2, 20_000), message(3, 30_000, { id: 'seen' }), message(4, 40_000)] };
    mine.adopt({ sent: [sent('long-ago', 10_000), sent('unseen', 25_000, { reply_to: reply }), sent('seen', 30_000), sent('last', 45_000)] });
    const lines = chatLines(timeline.view.messages, mine.ownLines, ME.id);
    expect(drawn(lines)).toEqual(['m2', 'unseen', 'seen', 'm4', 'last']);
    expect(lines.every((one) => one.kind === 'message' && one.own === null)).toBe(true);
    expect(mine.ownLines[0]?.message).toMatchObject({ author: { id: ME.id, name: 'Me', role: 'guest' }, replyTo: reply });
  });

  it('a question that the public list lacks is known with everything that is drawn of it', async () => {
    const { timeline, talk: mine } = talk();
    mine.adopt({ questions: [{ question_id: 'q1', client_id: 'c1', text: 'Red?', product_id: 'p1', state: 'open', votes: 1 }] });
    timeline.answer = { id: 'c2', seq: 4, question_id: 'q2', state: 'open' };
    await mine.ask('Vegan?', null, 'c2');
    expect(mine.hiddenQuestions([])).toEqual([
      { id: 'q1', text: 'Red?', productId: 'p1', state: 'open', votes: 1 },
      { id: 'q2', text: 'Vegan?', productId: null, state: 'open', votes: 1 },
    ]);
  });

  it('a held question has the state that its author was told last', async () => {
    const { timeline, talk: mine } = talk();
    timeline.answer = { id: 'c1', seq: null, question_id: 'q1', state: 'held' };
    expect(await mine.ask('Where can I write to you?', null, 'c1')).toBe('held');
    const stands = () => mine.hiddenQuestions([]).map((one) => one.state);
    expect(stands()).toEqual(['held']);
    const news = (seq: number, state: string, question_id = 'q1') => {
      const body = { question_id, text: '', state, answered_at: null, answer: null, merged_into: null };
      timeline.own = applyOwn(timeline.own, { from: seq, to: seq, entries: [{ seq, at: '', kind: 'question.news', body }] });
    };
    news(1, 'dismissed', 'of-another-day');
    expect(stands()).toEqual(['held']);
    news(2, 'dismissed');
    expect(stands()).toEqual(['dismissed']);
    news(3, 'open'); // the decision was taken back
    expect(stands()).toEqual(['open']);
    news(4, 'removed');
    expect(stands()).toEqual([]);
  });

  it('a warning that was acknowledged elsewhere or before does not come back', () => {
    const warned = (id: string, seq: number) => ({ ...NOTHING, seq, warning: { id, reason: 'Be kind', seq } });
    const { timeline, talk: mine } = talk();
    timeline.own = warned('w1', 3);
    expect(mine.writing).toMatchObject({ may: 'not', why: 'warning' });
    mine.adopt({ own_seq: 5, warning: null });
    expect(mine.warning).toBeNull();
    timeline.own = warned('w2', 6); // told after the page had asked
    expect(mine.warning?.id).toBe('w2');
    timeline.own = applyOwn(timeline.own, {
      from: 7,
      to: 7,
      entries: [{ seq: 7, at: '', kind: 'warning', body: { warning_id: 'w2', reason: '', lifted: true } }],
    });
    expect(mine.warning).toBeNull();
    const { timeline: again, talk: theirs } = talk();
    again.own = warned('w1', 3);
    theirs.adopt({ own_seq: 3, warning: { warning_id: 'w1', reason: 'Be kind' } });
    expect(theirs.warning?.id).toBe('w1');
  });

  it('the poll of this picture is the last that is open, or closed a moment ago', () => {
    const { timeline, talk: mine } = talk();
    const poll = (id: string, values: Partial<Poll>) => ({ id, isOpen: false, closedMs: null, ...values }) as Poll;
    timeline.view = { ...VIEW, polls: [poll('old', { closedMs: 1_000 }), poll('new', { isOpen: true })] };
    expect(mine.poll?.id).toBe('new');
    timeline.view = { ...VIEW, polls: [poll('new', { closedMs: 40_000 })] };
    expect(mine.poll?.id).toBe('new');
    timeline.pictureMs = 90_000;
    expect(mine.poll).toBeNull();
  });
});
