import { expect, it } from 'vitest';
import type { Deal } from '../timeline-client/index.ts';
import { applyOwn, NOTHING_OWN } from '../timeline-client/own-state.ts';
import type { ViewerApp } from './app.ts';
import { dealsOf } from './deals.ts';

it('deals know what the page asked once of this person’s part, and ask nothing themselves', async () => {
  const own = { deals: new Map<string, unknown>() };
  const mine = Promise.resolve({ deals: { a: { state: 'won', reason: '', variant_id: 'v', decided_at: '2026-11-29T10:00:00.000Z' } } });
  const app = { mine, timeline: { own } } as unknown as ViewerApp; // without an `api` to ask
  const [deal, other] = [{ id: 'a' } as Deal, { id: 'b' } as Deal];
  const deals = dealsOf(app);
  expect(deals.request(deal)).toBeNull();
  await mine;
  expect([deals.request(deal)?.state, deals.request(other), dealsOf(app) === deals]).toEqual(['won', null, true]);
  own.deals.set('a', { state: 'bought', reason: '', variantId: 'v' });
  expect(deals.request(deal)?.state).toBe('bought');
});

it('a deal that is over goes after some seconds, but not from somebody who waits to be told', async () => {
  const own = { deals: new Map([['pending', 'pending'], ['won', 'won'], ['bought', 'bought'], ['lost', 'lost']].map(([id, state]) => [id, { state, reason: '', variantId: 'v' }])) };
  const view: { deals: Deal[] } = { deals: [] };
  const app = { mine: Promise.resolve({ deals: {} }), view, timeline: { own, pictureMs: 20_000 } } as unknown as ViewerApp;
  const shown = (...deals: Deal[]) => {
    view.deals = deals;
    return dealsOf(app).shown?.id;
  };
  const over = (id: string, endsMs = 5_000) => ({ id, endsMs, phase: 'over' }) as Deal;
  expect(['pending', 'won', 'bought', 'lost', 'other'].map((id) => shown(over(id)))).toEqual(['pending', 'won', undefined, undefined, undefined]);
  expect(shown(over('other', 12_001))).toBe('other');
  expect(shown(over('won'), { id: 'next', endsMs: 60_000, phase: 'open' } as Deal)).toBe('next');
  await app.mine;
});

it('a deal that was not paid for can be taken again, and is that of the new request until it is told', async () => {
  const own = { deals: new Map([['a', { state: 'lapsed', reason: '', variantId: 'v' }]]) };
  const send = () => Promise.resolve({ deal: { state: 'pending', reason: '', variant_id: 'w', decided_at: '2026-11-29T10:00:00.000Z' } });
  const app = { mine: Promise.resolve(null), timeline: { own, pictureMs: 20_000, send } } as unknown as ViewerApp;
  const deal = { id: 'a' } as Deal;
  expect(dealsOf(app).request(deal)?.state).toBe('lapsed');
  await dealsOf(app).take(deal, 'w');
  expect(dealsOf(app).request(deal)).toMatchObject({ state: 'pending', variantId: 'w' });
  own.deals.set('a', { state: 'won', reason: '', variantId: 'w' });
  expect(dealsOf(app).request(deal)?.state).toBe('won');
});

it('what was won is bought once it is paid, lapses when it is kept no longer, and nothing else that is kept changes a deal', () => {
  const after = (kind: string, state: string) => {
    const body = { reservation_id: 'r', kind, ref: 'a', variant_id: 'v' };
    const decided = { seq: 1, at: '', kind: 'deal.decided', body: { deal_id: 'a', state: 'won', reason: '', variant_id: 'v', quantity: 1, reservation_id: 'r' } } as const;
    return applyOwn(NOTHING_OWN, { from: 1, to: 2, entries: [decided, { seq: 2, at: '', kind: 'reservation.ended', body: { ...body, state } }] }).deals.get('a')?.state;
  };
  expect([after('deal', 'claimed'), after('deal', 'released'), after('deal', 'expired'), after('wait', 'expired')]).toEqual(['bought', 'lapsed', 'lapsed', 'won']);
});
