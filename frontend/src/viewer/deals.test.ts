import { expect, it } from 'vitest';
import type { Deal } from '../timeline-client/index.ts';
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
  const own = { deals: new Map([['a', { state: 'pending', reason: '', variantId: 'v' }]]) };
  const app = { mine: Promise.resolve({ deals: {} }), timeline: { own, pictureMs: 20_000 } } as unknown as ViewerApp;
  const over = (id: string, endsMs: number) => ({ id, endsMs, phase: 'over' }) as Deal;
  const shown = [over('a', 5_000), over('b', 5_000), over('b', 12_001)].map((deal) => dealsOf(app).isShown(deal));
  await app.mine;
  expect(shown).toEqual([true, false, true]);
});
