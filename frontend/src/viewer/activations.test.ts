import { expect, it } from 'vitest';
import type { Ack, ViewState } from '../timeline-client/index.ts';
import { Activations, type Handed } from './activations.ts';

const HANDED: Handed = { url: 'https://example.com/sample', calendar_url: null, confirms: false };

it('a second tap hands nothing over, another point does not wait, and what was written stays until it is taken', async () => {
  const sent: { id: unknown; answer: (ack: Ack) => void }[] = [];
  const timeline = {
    view: { activations: [] } as unknown as ViewState,
    pictureMs: null,
    serverNowMs: () => 0,
    send: (_: string, body: Record<string, unknown>) => new Promise<Ack>((answer) => sent.push({ id: body['activation_id'], answer })),
  };
  const activations = new Activations(timeline, () => false, () => undefined);
  activations.keepDraft('a', { name: 'Ana' });
  activations.keepDraft('c', { name: 'Ana' });
  const first = activations.takePart('a', {}, true);
  await activations.takePart('a', {}, true);
  expect([activations.handedOf('a'), activations.draftOf('a')]).toEqual([undefined, { name: 'Ana' }]);
  const other = activations.takePart('b', {}, true);
  expect([sent.map(({ id }) => id), activations.isBusy('a'), activations.countOf('a')]).toEqual([['a', 'b'], true, 0]);
  for (const { answer } of sent) answer({ id: '', seq: 1, ...HANDED });
  await Promise.all([first, other]);
  expect([activations.handedOf('a'), activations.handedOf('b')]).toMatchObject([HANDED, HANDED]);
  expect([activations.isBusy('a'), activations.countOf('a'), activations.countOf('b')]).toEqual([false, 1, 1]);
  expect([activations.draftOf('a'), activations.draftOf('c')]).toEqual([{}, { name: 'Ana' }]);
});
