import { describe, expect, it } from 'vitest';
import { isSameShape } from './picture-fit.ts';

const frame = { width: 390, height: 219.375 };

describe('a picture in its frame', () => {
  it('fills it when only the rounded width of the rung differs', () => {
    for (const [width, height] of [[1280, 720], [854, 480], [640, 360], [426, 240], [256, 144]] as const) {
      expect(isSameShape({ width, height }, frame), `${width}×${height}`).toBe(true);
    }
  });

  it('stands whole in a frame of another shape', () => {
    for (const [width, height] of [[640, 480], [360, 640], [1280, 800], [1280, 544]] as const) {
      expect(isSameShape({ width, height }, frame), `${width}×${height}`).toBe(false);
    }
  });

  it('waits for both sizes', () => {
    expect(isSameShape({ width: 0, height: 0 }, frame)).toBe(false);
    expect(isSameShape({ width: 640, height: 360 }, { width: 0, height: 0 })).toBe(false);
  });
});
