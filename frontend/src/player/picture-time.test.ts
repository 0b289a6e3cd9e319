import { describe, expect, it } from 'vitest';
import { mediaAtPicture, pictureAtMedia, ShowClock } from './picture-time.ts';

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

describe('the place of a picture', () => {
  it('is the inverse of the picture’s time', () => {
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

describe('the clock of a show', () => {
  const startedAt = new Date(MS - 1_000).toISOString(); // one second before its first picture
  const recording = new ShowClock({ startedAt, spans, isRecording: true });
  const live = new ShowClock({ startedAt, spans, isRecording: false });

  it('counts a recording by its place in it, never beyond its length', () => {
    expect([10, 13.5, 14, 16].map((mediaS) => recording.clockAtMedia(mediaS))).toEqual([0, 3.5, 4, 6]);
  });
  it('counts a live show by the wall clock since its start', () => {
    expect([10, 13.5, 14].map((mediaS) => live.clockAtMedia(mediaS))).toEqual([1, 4.5, 35]);
    expect(live.placeOf(MS + 34_500)).toEqual({ pictureMs: MS + 34_500, mediaS: 14.5, clockS: 35.5 });
  });
  it('leads to the same place by show time, by picture and by the clock', () => {
    for (const showTimeS of [1, 3.25, 35, 36.5]) {
      const place = recording.placeOf(recording.pictureAtShowTime(showTimeS) ?? 0);
      expect(recording.clockAtMedia(place?.mediaS ?? 0)).toBe(place?.clockS);
      expect(recording.showTimeS(pictureAtMedia(spans, place?.mediaS ?? 0) ?? 0)).toBe(showTimeS);
    }
  });
  it('leads to the return of the encoder for a highlight that began while it was gone', () => {
    const back = { pictureMs: MS + 20_000, mediaS: 14, clockS: 4 };
    expect(recording.placeOf(MS + 20_000)).toEqual(back);
    expect(recording.placeOf(MS + 20_000, MS + 35_000)).toEqual(back);
  });
  it('knows no place in a recording for a moment without a picture', () => {
    expect(recording.placeOf(MS + 20_000, MS + 30_000)).toBeNull();
    expect(recording.placeOf(MS + 36_000)).toBeNull(); // after the last picture: not the end card
    expect(recording.placeOf(MS + 36_000, MS + 40_000)).toBeNull();
  });
  it('knows the place of a highlight without length', () => {
    expect(recording.placeOf(MS + 1_500, MS + 1_500)?.clockS).toBe(1.5);
  });
  it('knows no place before the playlist, and no show time before the start', () => {
    const early = new ShowClock({ startedAt: null, spans: [], isRecording: true });
    expect([early.placeOf(MS), early.clockAtMedia(3), early.showTimeS(MS), early.pictureAtShowTime(3)]).toEqual([null, null, null, null]);
  });
});
