import { expect, test } from 'vitest';
import { Bounds } from './bounds.ts';

test('playback stays within the clip, and begins again after its end', () => {
  const bounds = new Bounds(10);
  expect([bounds.place(0), bounds.clipS(0)]).toEqual([null, null]); // no picture yet
  bounds.begin(1.5);
  expect(bounds.place(1.48)).toBeNull();
  expect(bounds.place(0.2)).toBe(1.5);
  expect(bounds.clipS(4)).toBe(2.5);
  expect(bounds.place(7)).toBeNull();
  expect(bounds.isOver).toBe(false);
  expect(bounds.place(11.5)).toBeNull();
  expect(bounds.isOver).toBe(true);
  expect(bounds.place(13)).toBe(11.5);
  expect(bounds.restart()).toBe(1.5);
  expect(bounds.isOver).toBe(false);
});
