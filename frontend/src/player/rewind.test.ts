import { describe, expect, it } from 'vitest';
import { earlierS, estimatedS, isBeforeWindow, rewindUrl, showStartS } from './rewind.ts';

describe('rewinding a live show', () => {
  it('has a playlist beside that of the live window, also behind a pass and a query', () => {
    expect(rewindUrl('/hls/spring/index.m3u8')).toBe('/hls/spring/rewind/index.m3u8');
    expect(rewindUrl('https://cdn.test/hls/spring/pass/7-ab/index.m3u8?x=1')).toBe('https://cdn.test/hls/spring/pass/7-ab/rewind/index.m3u8?x=1');
  });

  it('begins before the live window, where the show began', () => {
    const spans = [{ startS: 4, durationS: 600, pdtMs: 3_600_000 }];
    expect(showStartS(spans, 1_000_000)).toBe(4 - 2600);
    expect(showStartS(spans, 3_700_000)).toBe(4); // the window is older than the show
    expect(showStartS(spans, null)).toBeNull();
    expect(showStartS([], 1_000_000)).toBeNull();
  });

  it('is for pictures that the live window lost, or is about to lose', () => {
    const spans = [{ startS: 4, durationS: 600, pdtMs: 3_600_000 }];
    expect(isBeforeWindow(spans, { pictureMs: 3_599_000, startMs: 1_000_000, marginS: 0 })).toBe(true);
    expect(isBeforeWindow(spans, { pictureMs: 3_601_000, startMs: 1_000_000, marginS: 0 })).toBe(false);
    expect(isBeforeWindow(spans, { pictureMs: 3_601_000, startMs: 1_000_000, marginS: 5 })).toBe(true);
    expect(isBeforeWindow(spans, { pictureMs: 3_599_000, startMs: null, marginS: 5 })).toBe(false);
    // All of the show is in the window: nothing leaves it.
    expect(isBeforeWindow(spans, { pictureMs: 3_600_000, startMs: 3_600_000, marginS: 5 })).toBe(false);
    expect(isBeforeWindow([], { pictureMs: 1, startMs: 0, marginS: 5 })).toBe(false);
  });

  it('has places for pictures before the live window, where marks stand', () => {
    const spans = [{ startS: 4, durationS: 600, pdtMs: 3_600_000 }];
    expect(earlierS(spans, 3_590_000)).toBe(-6);
    expect(earlierS(spans, 3_600_000)).toBeNull();
    expect(earlierS([], 3_600_000)).toBeNull();
  });

  it('looks for a picture by its show time, and never before the start', () => {
    expect(estimatedS(1_090_000, 1_000_000)).toBe(90);
    expect(estimatedS(900_000, 1_000_000)).toBe(0);
    expect(estimatedS(900_000, null)).toBe(0);
  });
});
