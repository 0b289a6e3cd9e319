import { expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

/** Runs a clock of 5 ms for `seconds`; return how many frames were made, and how many of them at a frame of the source. */
function run(seconds: number, cameMs: readonly number[]): { readonly made: number; readonly led: number } {
  const pacer = new Pacer(30);
  const [made, led] = [[] as number[], [] as number[]];
  const ticks = Array.from({ length: seconds * 200 }, (_, n) => ({ at: n * 5, isLed: false }));
  const frames = cameMs.map((at) => ({ at, isLed: true }));
  for (const { at, isLed } of [...ticks, ...frames].sort((a, b) => a.at - b.at)) {
    if (!pacer.isDue(at, isLed)) continue;
    made.push(at);
    if (isLed) led.push(at);
  }
  return { made: made.length, led: led.length };
}

const every = (ms: number, seconds: number, jitter: (n: number) => number = () => 0): readonly number[] =>
  Array.from({ length: Math.floor((seconds * 1000) / ms) }, (_, n) => n * ms + jitter(n));

it('makes one frame of the mix for each of a camera of 30 frames/s, also of an uneven one', () => {
  expect(run(10, every(1000 / 30, 10))).toMatchObject({ led: 300 });
  const uneven = run(10, every(1000 / 30, 10, (n) => (n % 2) * 12));
  expect(uneven.led).toBe(300);
  expect(uneven.made).toBeLessThan(303);
});

it('takes about every second frame of a camera of 60 frames/s', () => {
  const { made } = run(10, every(1000 / 60, 10));
  expect(made).toBeGreaterThanOrEqual(298);
  expect(made).toBeLessThanOrEqual(332);
});

it('goes on by the clock when the leading camera gives nothing', () => {
  const { made } = run(10, every(1000 / 30, 5));
  expect(made).toBeGreaterThanOrEqual(285); // a clock of 5 ms makes a frame each 35 ms
  expect(made).toBeLessThanOrEqual(300);
});
