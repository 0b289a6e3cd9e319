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

it('whoever enters a draw has the number that the server has given', async () => {
  const giveaways = new Giveaways(answering({ id: 'c1', seq: 3, number: 7 }), () => false, () => undefined);
  await giveaways.enter('d1', '');
  expect([giveaways.numberIn('d1'), giveaways.numberIn('d2'), giveaways.isBusy]).toEqual([7, null, false]);
});
