import { expect, it } from 'vitest';
import { keyAct } from './keys.ts';

function pressed(key: string, target = 'body', more: Partial<KeyboardEvent> = {}): KeyboardEvent {
  const matches = (selector: string) => selector.split(', ').includes(target);
  return { key, target: { matches }, ...more } as unknown as KeyboardEvent;
}

it('are letters in a field, and belong to the browser with its own keys', () => {
  expect(keyAct(pressed('m'), false)).toEqual({ does: 'mute' });
  expect(keyAct(pressed('m', 'textarea'), false)).toBeNull();
  expect(keyAct(pressed('p', 'body', { ctrlKey: true }), false)).toBeNull();
  expect(keyAct(pressed('2'), false)).toEqual({ does: 'layout', layout: 'side-by-side' });
});

it('switch once, however long they are held', () => {
  expect(keyAct(pressed('m', 'body', { repeat: true }), false)).toBeNull();
  expect(keyAct(pressed('ArrowDown', 'body', { repeat: true }), true)).toEqual({ does: 'next-cue' });
});

it('of the teleprompter leave those of a focused button or folded panel alone', () => {
  expect(keyAct(pressed(' '), true)).toEqual({ does: 'run' });
  for (const focused of ['button', 'summary', '[role=tab]']) expect(keyAct(pressed(' ', focused), true)).toBeNull();
  expect(keyAct(pressed(' '), false)).toBeNull();
});
