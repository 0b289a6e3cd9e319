import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Api } from '../api/client.ts';
import { ActionRunner } from './action-runner.ts';
import { Auctions } from './auctions.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function auctions() {
  const asked: string[] = [];
  const goods = [{ name: 'Balm', variants: [{ id: 'v1', options: {}, currency: 'JPY' }] }];
  const api = { request: (path: string) => (asked.push(path), Promise.resolve(path.endsWith('/products') ? [...goods] : [])) } as unknown as Api;
  const actions = new ActionRunner({ changed: () => undefined, done: () => undefined, pictureAt: () => null });
  return { one: new Auctions('/shows/s', api, actions, () => undefined), asked, goods };
}

it('the pieces of an auction are those of the show now, each time that the form is shown', async () => {
  const { one, goods } = auctions();
  await one.readPieces();
  goods.push({ name: 'Brush', variants: [{ id: 'v2', options: {}, currency: 'JPY' }] });
  await one.readPieces();
  expect(one.pieces.map(({ words }) => words)).toEqual(['Balm', 'Brush']);
});

it('a console that was left asks for no list any more, also when an act comes back late', async () => {
  const { one, asked } = auctions();
  const act = one.act('a', 'open');
  one.stop();
  await act;
  await vi.runAllTimersAsync();
  expect(asked).toEqual(['/shows/s/auctions/a/open']);
});
