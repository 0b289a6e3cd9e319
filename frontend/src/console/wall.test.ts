import { describe, expect, it } from 'vitest';
import type { WallTile } from '../api/schema.ts';
import { latestKeyFrame, smallestRung } from './latest-picture.ts';
import { factsOf } from './wall.ts';

const TILE: WallTile = {
  slug: 'evening', title: 'Evening', state: 'live', started_at: null, viewers: 3,
  signal: 'good', behind_s: 0.4, kbps: 2510, fps: 30, silent_s: 0, warnings: [],
};

describe('latest picture of a show', () => {
  it('is of the smallest rung and of the newest part that stands alone', () => {
    const all = ['#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=3,RESOLUTION=1280x720', '720p.m3u8', '#EXT-X-STREAM-INF:BANDWIDTH=2,RESOLUTION=640x360', '360p.m3u8', '#EXT-X-STREAM-INF:BANDWIDTH=1', 'audio.m3u8', ''];
    expect(smallestRung(all.join('\n'))).toBe('360p.m3u8');
    expect(smallestRung('#EXTM3U\n')).toBeNull();
    const rung = [
      '#EXT-X-MAP:URI="init.mp4"', '#EXTINF:2,', '0.m4s',
      '#EXT-X-PART:DURATION=0.3,INDEPENDENT=YES,URI="1.0.m4s"', '#EXT-X-PART:DURATION=0.3,URI="1.1.m4s"',
    ];
    expect(latestKeyFrame(rung.join('\n'))).toEqual({ init: 'init.mp4', media: '1.0.m4s' });
    expect(latestKeyFrame(rung.slice(0, 3).join('\n'))).toEqual({ init: 'init.mp4', media: '0.m4s' });
    expect(latestKeyFrame('#EXTM3U')).toBeNull();
  });
});

describe('tile of the wall', () => {
  it.each([
    [{}, '2.5 Mbit/s · 0.4 s behind · sound is there'],
    [{ silent_s: 12.4 }, '2.5 Mbit/s · 0.4 s behind · silent for 12 s'],
    [{ silent_s: null }, '2.5 Mbit/s · 0.4 s behind · no sound'],
    [{ signal: 'none' }, ''],
  ])('says what is wrong with its sound: %o', (changed, words) => {
    expect(factsOf({ ...TILE, ...changed }).join(' · ')).toBe(words);
  });
});
