import { expect, it } from 'vitest';
import type { Ack, ViewState } from '../timeline-client/index.ts';
import { Giveaways } from './giveaways.ts';

/** The edge answers with what the verb hands over, its id and its seq, side by side. */
const answering = (ack: Ack) => ({
  view: { giveaways: [] } as unknown as ViewState,
  pictureMs: null,
  serverNowMs: () => 0,
  send: () => Promise.resolve(ack),
});

it('whoever enters a draw has the number that the server has given, and a written address stays until then', async () => {
  const giveaways = new Giveaways(answering({ id: 'c1', seq: 3, number: 7 }), () => false, () => undefined);
  giveaways.keepEmail('d1', 'ana@example.com');
  giveaways.keepEmail('d2', 'ana@');
  await giveaways.enter('d1', 'ana@example.com');
  expect([giveaways.emailOf('d1'), giveaways.emailOf('d2')]).toEqual(['', 'ana@']);
  expect([giveaways.numberIn('d1'), giveaways.numberIn('d2'), giveaways.isBusy]).toEqual([7, null, false]);
});
