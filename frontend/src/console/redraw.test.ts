/** The console draws again only the parts that have changed. */
import { expect, it } from 'vitest';
import { ApiError } from '../api/client.ts';
import { ActionRunner } from './action-runner.ts';
import { follow, highlighted, posted, settle, takenDown } from '../timeline-client/testing.ts';
import { EMPTY, changeBetween, changeOfEntry, combined, type Change, type ConsoleReport, type ConsoleState } from './model.ts';

const REPORT: ConsoleReport = { ...EMPTY, state: 'live', title: 'An evening of colour', viewers: 12, now: '2026-03-01T19:00:00.000Z' };

it('a report with another time of day alone changes nothing', () => {
  expect(changeBetween(REPORT, { ...REPORT, now: '2026-03-01T19:00:02.000Z' })).toBe('none');
});

it('a report with other counts changes the figures alone', () => {
  expect(changeBetween(REPORT, { ...REPORT, viewers: 13, carts: 2 })).toBe('figures');
});

it('a report with another rundown or state changes all', () => {
  const item = { product_id: 'p1', name: 'Lipstick', image_url: null, price: 3400, compare_at_price: null, lowest_price_30d: null, currency: 'EUR', available: 3 };
  expect(changeBetween(REPORT, { ...REPORT, rundown: [item], viewers: 13 })).toBe('all');
  expect(changeBetween(REPORT, { ...REPORT, state: 'ended' })).toBe('all');
  expect(changeBetween(null, REPORT)).toBe('all');
});

it('work in the background is drawn when its error comes and when it goes', async () => {
  let draws = 0;
  const actions = new ActionRunner({ changed: () => (draws += 1), done: () => undefined, pictureAt: () => null });
  const fails = () => Promise.reject(new ApiError({ status: 409, code: 'conflict', detail: 'Busy.' }));
  const works = () => Promise.resolve();
  await actions.runInBackground('poll', works);
  expect(draws).toBe(0);
  await actions.runInBackground('poll', fails);
  await actions.runInBackground('poll', fails);
  expect([draws, actions.errorAt('poll')]).toEqual([1, 'Busy.']);
  await actions.runInBackground('poll', works);
  expect([draws, actions.errorAt('poll')]).toEqual([2, undefined]);
});

it('a message is drawn in the column of talk alone, a highlight everywhere', async () => {
  const { world, client, welcome } = await follow();
  await welcome();
  client.setPicture(Number.POSITIVE_INFINITY);
  const now = (): ConsoleState => combined(REPORT, client);
  const drawn: Change[] = [];
  let before = now();
  client.subscribe(() => {
    drawn.push(changeOfEntry(before, now()));
    before = now();
  });
  for (const entry of [posted(1, 4, 'Hello'), highlighted(2, 5, 'h1'), posted(3, 6, 'Lovely'), takenDown(4, 7, 'h1')]) {
    world.socket.deliver({ type: 'entries', from: entry.seq, to: entry.seq, entries: [entry] });
    await settle();
  }
  expect(drawn).toEqual(['talk', 'all', 'talk', 'all']);
});
