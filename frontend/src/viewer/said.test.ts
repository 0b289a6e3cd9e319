import { beforeEach, expect, it } from 'vitest';
import { useLanguage } from '../i18n/index.ts';
import type { Message, ViewState } from '../timeline-client/index.ts';
import { freshMessages, newsBetween } from './said.ts';

const NOTHING = { messages: [], polls: [], deals: [], giveaways: [], activations: [], auctions: [], pinned: null, announcement: null } as unknown as ViewState;
const GUEST = { viewerId: 'me', isRecorded: false };

function view(parts: Record<string, unknown>): ViewState {
  return { ...NOTHING, ...parts } as ViewState;
}

function message(id: string, author: string, role = 'guest'): Message {
  return { id, text: id, author: { id: author, name: author, role }, mentions: [] } as unknown as Message;
}

beforeEach(() => useLanguage('en'));

it('a deal is told when it is announced, opens and is over, and not with each unit', () => {
  const phases = ['soon', 'open', 'open', 'over'].map((phase, left) => view({ deals: [{ id: 'd', title: 'Balm', phase, left }] }));
  const views = [NOTHING, ...phases, NOTHING];
  const told = views.slice(1).map((now, place) => newsBetween(views[place] ?? NOTHING, now, GUEST));
  expect(told).toEqual([['Soon there is a deal: Balm'], ['The deal is open: Balm'], [], ['The deal is over: Balm'], []]);
});

it('a draw is told when it opens and when it is decided', () => {
  const draw = (parts: object) => view({ giveaways: [{ id: 'g', isOpen: true, result: null, body: { title: 'A kit' }, ...parts }] });
  const drawn = draw({ isOpen: false, result: { winning: [3], reserve: [] } });
  expect([newsBetween(NOTHING, draw({}), GUEST), newsBetween(draw({}), drawn, GUEST), newsBetween(NOTHING, drawn, GUEST)]).toEqual([
    ['New draw: A kit'],
    ['The draw is decided: A kit'],
    [],
  ]);
  const replay = { ...GUEST, isRecorded: true };
  expect([newsBetween(NOTHING, draw({}), replay), newsBetween(draw({}), drawn, replay)]).toEqual([[], ['The draw is decided: A kit']]);
});

it('an activation point is told when it opens, in a recording only where it is still open there', () => {
  const points = view({ activations: [true, false].map((inReplay) => ({ id: String(inReplay), isTaking: true, body: { title: inReplay ? 'Samples' : 'Seats', in_replay: inReplay } })) });
  expect(newsBetween(NOTHING, points, GUEST)).toEqual(['New: Samples', 'New: Seats']);
  expect(newsBetween(NOTHING, points, { ...GUEST, isRecorded: true })).toEqual(['New: Samples']);
  expect(newsBetween(points, points, GUEST)).toEqual([]);
});

it('messages of the team are read out, those of others counted, and none after a jump to another picture', () => {
  const [first, ours, theirs, mine] = [message('hello', 'ann'), message('Ask us', 'host', 'host'), message('Nice', 'bo'), message('Hi', 'me')];
  const before = view({ messages: [first] });
  const now = view({ messages: [first, ours, theirs, mine] });
  expect(newsBetween(before, now, GUEST)).toEqual(['host writes: Ask us']);
  expect(freshMessages(before, now, 'me').map(({ id }) => id)).toEqual(['Ask us', 'Nice']);
  expect(freshMessages(now, view({ messages: [message('Long ago', 'cy', 'host')] }), 'me')).toEqual([]);
});
