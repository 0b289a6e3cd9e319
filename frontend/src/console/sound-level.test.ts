/** The level of the preview's sound. */
import { describe, expect, it } from 'vitest';
import { FLOOR_DB, Needle, peakDb } from './sound-level.ts';

describe('the peak of a piece of sound', () => {
  it('is 0 dB at full scale, whichever the sign', () => {
    expect(peakDb(Float32Array.of(0.1, -1, 0.5))).toBe(0);
  });
  it('is 6 dB lower at half the amplitude', () => {
    expect(peakDb(Float32Array.of(0.5))).toBeCloseTo(-6.02, 2);
  });
  it('is the floor in silence', () => {
    expect(peakDb(new Float32Array(8))).toBe(FLOOR_DB);
  });
});

describe('the needle', () => {
  it('rises at once and falls by 24 dB in a second', () => {
    const needle = new Needle();
    needle.feed(-6, 0.1);
    expect(needle.db).toBe(-6);
    needle.feed(FLOOR_DB, 0.5);
    expect(needle.db).toBe(-18);
    expect(needle.share).toBeCloseTo(0.7);
  });
  it('counts silence until something is heard', () => {
    const needle = new Needle();
    needle.feed(FLOOR_DB, 2);
    needle.feed(-55, 3);
    expect(needle.silentS).toBe(5);
    needle.feed(-20, 0.1);
    expect(needle.silentS).toBe(0);
  });
});
