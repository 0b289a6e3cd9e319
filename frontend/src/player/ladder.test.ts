import { expect, it } from 'vitest';
import { hasOtherCaptions, hasOtherRungs, rungsOf } from './ladder.ts';

function playlist(...rungs: [name: string, size: string][]): string {
  const streams = rungs.flatMap(([name, size]) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=1015000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=${size},FRAME-RATE=30.000`,
    `${name}.m3u8`,
  ]);
  return ['#EXTM3U', '#EXT-X-VERSION:9', '#EXT-X-INDEPENDENT-SEGMENTS', ...streams, ''].join('\n');
}

const SMALL = playlist(['360p', '640x360']);
const LARGE = playlist(['480p', '854x480'], ['720p', '1280x720'], ['360p', '640x360']);

it('reads address and size of every rung', () => {
  expect(rungsOf(LARGE)).toEqual(['360p.m3u8 640x360', '480p.m3u8 854x480', '720p.m3u8 1280x720']);
  expect(rungsOf('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=140000,CODECS="mp4a.40.2"\naudio.m3u8\n')).toEqual(['audio.m3u8 ']);
});

it('loads anew when the host comes back with another size', () => {
  expect(hasOtherRungs(SMALL, LARGE)).toBe(true);
  expect(hasOtherRungs(LARGE, playlist(['480p', '480x854'], ['720p', '720x1280'], ['360p', '360x640']))).toBe(true);
});

it('goes on when the rungs are those of before, in whatever order', () => {
  expect(hasOtherRungs(LARGE, playlist(['720p', '1280x720'], ['480p', '854x480'], ['360p', '640x360']))).toBe(false);
});

it('goes on when no rung is listed', () => {
  expect(hasOtherRungs(SMALL, 'There is no picture yet.\n')).toBe(false);
  expect(hasOtherRungs(SMALL, '')).toBe(false);
});

it('offers captions that have begun in mid-show, where the browser shows them', () => {
  const english = SMALL.replace('#EXT-X-STREAM', '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="English",URI="captions-en.m3u8"\n#EXT-X-STREAM');
  expect([hasOtherCaptions(SMALL, english), hasOtherCaptions(english, english), hasOtherCaptions(english, '')]).toEqual([true, false, false]);
});
