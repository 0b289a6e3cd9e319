import { expect, test } from 'vitest';
import { Storyboard } from './storyboard.ts';

const board = { width: 160, height: 90, columns: 10, per_sheet: 100, sheets: ['/0.jpg', '/1.jpg'] };

test('the tile is the last picture at or before the moment', () => {
  const pictures = Array.from({ length: 112 }, (_, n) => 1000 + n * 10_000);
  const story = new Storyboard({ ...board, pictures });
  const at = (ms: number) => {
    const tile = story.tileAt(ms);
    return tile && [tile.url, tile.x, tile.y];
  };
  expect(at(0)).toEqual(['/0.jpg', 0, 0]);
  expect(at(10_999)).toEqual(['/0.jpg', 0, 0]);
  expect(at(11_000)).toEqual(['/0.jpg', 160, 0]);
  expect(at(1000 + 23 * 10_000)).toEqual(['/0.jpg', 480, 180]);
  expect(at(9_999_999)).toEqual(['/1.jpg', 160, 90]);
});

test('a show without pictures has no tile', () => {
  expect(new Storyboard({ ...board, pictures: [], sheets: [] }).tileAt(5)).toBeNull();
});
