import { expect, test } from 'vitest';
import { MediaFolder } from './media-folder.ts';

const SEGMENT = 'https://shop.example/hls/show/pass/1-old/3/720p/7.m4s';

test('a pass is renewed before it runs out, once for all requests, and kept when it cannot be', async () => {
  let [now, asked, fails] = [0, 0, true];
  const ask = () => {
    asked += 1;
    return fails ? Promise.reject(new Error('no network')) : Promise.resolve(`/hls/show/pass/${String(asked)}-new/`);
  };
  const folder = new MediaFolder(ask, () => now);
  expect(await folder.address(SEGMENT)).toBe(SEGMENT);
  expect(asked).toBe(0);
  now = 250_000;
  expect(await folder.address(SEGMENT)).toBe(SEGMENT);
  fails = false;
  const renewed = 'https://shop.example/hls/show/pass/2-new/3/720p/7.m4s';
  expect(await Promise.all([folder.address(SEGMENT), folder.address(SEGMENT)])).toEqual([renewed, renewed]);
  now = 300_000;
  expect(await folder.address(SEGMENT)).toBe(renewed);
  expect(asked).toBe(2);
  const open = 'https://shop.example/hls/show/3/720p/7.m4s';
  expect(await folder.address(open)).toBe(open);
});
