import { beforeEach, describe, expect, it, vi } from 'vitest';
import { applyOwn, NOTHING_OWN } from '../timeline-client/own-state.ts';
import { ShowClock } from '../player/picture-time.ts';
import type { PrivateEntry } from '../timeline-client/entries.ts';
import { PersonalNews } from './news.ts';
import { itemOf, type NewsApp } from './news-words.ts';

const { toast } = vi.hoisted(() => ({ toast: vi.fn() }));
vi.mock('../ui/toast.ts', () => ({ toast }));

const NOW = '2027-01-01T20:00:00.000Z';

let isTelling = false;

function newsOf(...entries: Omit<PrivateEntry, 'seq' | 'at'>[]) {
  const placed = entries.map((entry, place) => ({ ...entry, seq: place + 1, at: NOW }) as PrivateEntry);
  const watchFrom = vi.fn();
  const openPanel = vi.fn();
  const app: NewsApp = {
    timeline: { own: applyOwn(NOTHING_OWN, { from: 1, to: placed.length, entries: placed }), serverNowMs: () => Date.parse(NOW) },
    talk: { ownLines: [{ message: { id: 'm1' } }] },
    isShown: () => false,
    openPanel,
    checkout: { isTelling },
    clock: new ShowClock({ startedAt: NOW, spans: [], isRecording: false }),
    watchFrom,
  };
  const news = new PersonalNews(app, Date.parse(NOW));
  return { news, items: news.listed.map((one) => itemOf(app, one)), watchFrom, openPanel };
}

describe('personal news', () => {
  beforeEach(() => {
    toast.mockClear();
    isTelling = false;
  });

  it.each([
    ['declined', 'One of your messages wasn’t published.'],
    ['expired', 'One of your messages wasn’t published: nobody has got to it.'],
  ])('an own message that was %s is told, once', (state, text) => {
    const { news } = newsOf({ kind: 'message.reviewed', body: { client_id: 'c1', message_id: 'm1', state } });
    news.look();
    news.look();
    expect(toast.mock.calls).toEqual([[text]]);
  });

  it.each([
    ['sold-out', 'See it', { kind: 'product', productId: 'p1' }],
    ['choose', 'See it', { kind: 'product', productId: 'p1' }],
    ['kept-already', 'View cart', { kind: 'cart' }],
  ])('a comment that bought nothing (%s) says why, and leads on in one tap', (reason, words, panel) => {
    const body = { message_id: 'm1', code: 'ROSE', reason, message: 'Why it is so.', product_id: 'p1', name: 'Rose' };
    const { items, openPanel } = newsOf({ kind: 'comment.refused', body });
    const [item] = items;
    expect(item).toMatchObject({ text: 'Why it is so.', action: { text: words } });
    item?.action?.act();
    expect(openPanel).toHaveBeenCalledWith(panel);
  });

  it('an answer in writing does not take away the way to the one on air', () => {
    const body = { question_id: 'q1', text: 'Does it smudge?', state: 'answered', answered_at: NOW, answer: 'Never.', merged_into: null };
    const { items, watchFrom } = newsOf({ kind: 'question.news', body });
    const [item] = items;
    expect(item).toMatchObject({ text: '“Does it smudge?” – Never.', action: { text: 'Watch the answer' } });
    item?.action?.act();
    expect(watchFrom).toHaveBeenCalledWith(Date.parse(NOW));
    const written = newsOf({ kind: 'question.news', body: { ...body, answered_at: null } });
    expect(written.items[0]).toMatchObject({ text: '“Does it smudge?” – Never.', action: { text: 'See it' } });
  });

  it('an order that the confirmation tells is no note beside it, but what becomes of it is', async () => {
    isTelling = true;
    const order = (state: string, payment_state: string) => ({ kind: 'order.news' as const, body: { number: 'M-7', state, payment_state } });
    newsOf(order('placed', 'authorized'), order('confirmed', 'captured')).news.look();
    newsOf(order('placed', 'failed'), order('cancelled', 'captured')).news.look();
    await vi.waitFor(() => expect(toast).toHaveBeenCalledTimes(2));
    expect(toast.mock.calls.map(([text]) => String(text))).toEqual([
      'The payment of order M-7 didn’t go through.',
      'Order M-7 was cancelled.',
    ]);
  });
});
