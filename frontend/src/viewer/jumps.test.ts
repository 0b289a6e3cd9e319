import { expect, it } from 'vitest';
import { Jumps } from './jumps.ts';

/** What is said of each look, at pictures and times in seconds. */
function looks(...steps: [pictureS: number, nowS: number][]): boolean[] {
  const jumps = new Jumps();
  return steps.map(([pictureS, nowS]) => jumps.look(pictureS * 1000, nowS * 1000));
}

it('playing, at twice the speed too, pausing and catching up a little are no jumps', () => {
  expect(looks([100, 0], [101, 1], [103, 2], [103, 600], [108, 601], [160, 631])).toEqual([false, false, false, false, false, false]);
});

it('a jump back or ahead is one, and so is what is read just after it', () => {
  expect(looks([100, 0], [90, 1], [92, 3], [93, 4.1])).toEqual([false, true, true, false]);
  expect(looks([100, 0], [160, 1], [161, 2], [163, 4.1])).toEqual([false, true, true, false]);
});
