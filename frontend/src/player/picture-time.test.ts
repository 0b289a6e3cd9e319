import { describe, expect, it } from 'vitest';
import { mediaAtPicture, pictureAtMedia } from './picture-time.ts';

// Two segments of 2 s, 30 s without an encoder, then one more segment. Media time has no hole; the clock has.
const MS = Date.parse('2026-03-01T19:00:00.000Z');
const spans = [
  { startS: 10, durationS: 2, pdtMs: MS },
  { startS: 12, durationS: 2, pdtMs: MS + 2_000 },
  { startS: 14, durationS: 2, pdtMs: MS + 34_000 },
];

describe('picture time', () => {
  it('follows the media inside a segment', () => {
    expect(pictureAtMedia(spans, 10)).toBe(MS);
    expect(pictureAtMedia(spans, 13.5)).toBe(MS + 3_500);
  });
  it('jumps where the encoder was gone', () => {
    expect(pictureAtMedia(spans, 14)).toBe(MS + 34_000);
    expect(pictureAtMedia(spans, 15.25)).toBe(MS + 35_250);
  });
  it('goes on beyond the last segment that is known', () => {
    expect(pictureAtMedia(spans, 17)).toBe(MS + 37_000);
  });
  it('is unknown without a playlist', () => {
    expect(pictureAtMedia([], 3)).toBeNull();
    expect(mediaAtPicture([], MS)).toBeNull();
  });
});

describe('where a picture is', () => {
  it('is the way back', () => {
    for (const mediaS of [10, 11.25, 13.5, 14, 15.75]) {
      expect(mediaAtPicture(spans, pictureAtMedia(spans, mediaS) ?? 0)).toBeCloseTo(mediaS, 6);
    }
  });
  it('is the return of the encoder for a moment without pictures', () => {
    expect(mediaAtPicture(spans, MS + 20_000)).toBe(14);
  });
  it('is the start of the window for a moment before it, and the edge for one after it', () => {
    expect(mediaAtPicture(spans, MS - 5_000)).toBe(10);
    expect(mediaAtPicture(spans, MS + 99_000)).toBe(16);
  });
});
