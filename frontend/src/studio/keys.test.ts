import { expect, it } from 'vitest';
import { areKeysOn, keyAct, setKeysOn } from './keys.ts';

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

it('of a single character can be switched off on this device', () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  expect(areKeysOn(store)).toBe(true);
  setKeysOn(store, false);
  expect(areKeysOn(store)).toBe(false);
  for (const key of ['m', 'T', '2']) expect(keyAct(pressed(key), true, () => false)).toBeNull();
  expect(keyAct(pressed('ArrowDown'), true, () => false)).toEqual({ does: 'next-cue' });
  setKeysOn(store, true);
  expect(areKeysOn(store)).toBe(true);
});
