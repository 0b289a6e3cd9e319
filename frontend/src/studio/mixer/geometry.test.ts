import { describe, expect, it } from 'vitest';
import { cellsOf, cropOf, fittedIn, PICTURE, type Cell } from './geometry.ts';
import type { Layout, Scene, Size, SourceKind, StagedSource } from './scene.ts';

const LANDSCAPE: Size = { width: 1280, height: 720 };
const PORTRAIT: Size = { width: 720, height: 1280 };

function person(id: string, kind: SourceKind = id === 'host' ? 'host' : 'guest'): StagedSource {
  return { id, kind, name: id.toUpperCase() };
}

const PEOPLE = ['host', 'ada', 'bea', 'cleo'].map((id) => person(id));

function scene(count: number, layout: Layout, more: Partial<Scene> = {}): Scene {
  return { layout, main: null, sources: PEOPLE.slice(0, count), hasPicture: false, ...more };
}

function boxes(cells: readonly Cell[]): readonly string[] {
  return cells.map(({ id, x, y, width, height }) => `${id} ${x},${y} ${width}x${height}`);
}

describe('tiles', () => {
  it.each<[number, Layout, Size, readonly string[]]>([
    [1, 'grid', LANDSCAPE, ['host 0,0 1280x720']],
    [2, 'grid', LANDSCAPE, ['host 0,0 640x720', 'ada 640,0 640x720']],
    [3, 'grid', LANDSCAPE, ['host 0,0 640x720', 'ada 640,0 640x360', 'bea 640,360 640x360']],
    [4, 'grid', LANDSCAPE, ['host 0,0 640x360', 'ada 0,360 640x360', 'bea 640,0 640x360', 'cleo 640,360 640x360']],
    [2, 'grid', PORTRAIT, ['host 0,0 720x640', 'ada 0,640 720x640']],
    [3, 'grid', PORTRAIT, ['host 0,0 720x640', 'ada 0,640 360x640', 'bea 360,640 360x640']],
    [4, 'grid', PORTRAIT, ['host 0,0 360x640', 'ada 360,0 360x640', 'bea 0,640 360x640', 'cleo 360,640 360x640']],
    [1, 'side-by-side', PORTRAIT, ['host 0,0 720x1280']],
    [2, 'side-by-side', LANDSCAPE, ['host 0,0 640x720', 'ada 640,0 640x720']],
    [3, 'side-by-side', LANDSCAPE, ['host 0,0 427x720', 'ada 427,0 426x720', 'bea 853,0 427x720']],
    [3, 'side-by-side', PORTRAIT, ['host 0,0 720x427', 'ada 0,427 720x426', 'bea 0,853 720x427']],
  ])('%i people in %s fill a picture of %o', (count, layout, size, expected) => {
    expect(boxes(cellsOf(scene(count, layout), size))).toEqual(expected);
  });

  it.each([LANDSCAPE, PORTRAIT, { width: 853, height: 479 }])('cover each px of %o once, for one to six sources', (size) => {
    const sources = [...PEOPLE, person('hands', 'close-up'), person('screen', 'screen')];
    for (const layout of ['grid', 'side-by-side'] as const) {
      for (let count = 1; count <= sources.length; count += 1) {
        const cells = cellsOf(scene(0, layout, { sources: sources.slice(0, count) }), size);
        expect(cells).toHaveLength(count);
        expect(cells.reduce((sum, { width, height }) => sum + width * height, 0)).toBe(size.width * size.height);
        for (const { x, y, width, height } of cells) expect([x + width <= size.width, y + height <= size.height]).toEqual([true, true]);
      }
    }
  });
});

describe('the other layouts', () => {
  it('show the main source alone when it is full', () => {
    expect(boxes(cellsOf(scene(3, 'full', { main: 'bea' }), LANDSCAPE))).toEqual(['bea 0,0 1280x720']);
  });

  it('go on with the host when the main source has left', () => {
    expect(boxes(cellsOf(scene(2, 'full', { main: 'gone' }), LANDSCAPE))).toEqual(['host 0,0 1280x720']);
  });

  it.each<[number, Size]>([[2, LANDSCAPE], [4, LANDSCAPE], [2, PORTRAIT], [4, PORTRAIT]])('keep the insets of %i sources apart and inside %o', (count, size) => {
    const [whole, ...insets] = cellsOf(scene(count, 'picture-in-picture'), size);
    expect(whole).toMatchObject({ id: 'host', x: 0, y: 0, ...size });
    expect(insets.map(({ id }) => id)).toEqual(PEOPLE.slice(1, count).map(({ id }) => id));
    insets.forEach((one, n) => {
      expect(one.x + one.width).toBeLessThan(size.width);
      expect(one.y + one.height).toBeLessThan(insets[n + 1]?.y ?? size.height);
      expect(one.width * one.height).toBeLessThan(0.15 * size.width * size.height);
    });
  });

  it('stand the host in the corner of a product picture, whatever the layout is', () => {
    const cells = cellsOf(scene(3, 'grid', { hasPicture: true, main: 'ada' }), LANDSCAPE);
    expect(cells.map(({ id, fit }) => [id, fit])).toEqual([[PICTURE, 'contain'], ['host', 'cover']]);
  });

  it('show screens whole, and an empty stage as nothing', () => {
    const sources = [person('host'), person('screen', 'screen')];
    const cells = cellsOf({ layout: 'picture-in-picture', main: 'screen', sources, hasPicture: false }, LANDSCAPE);
    expect(cells.map(({ id, fit }) => [id, fit])).toEqual([['screen', 'contain'], ['host', 'cover']]);
    expect(cellsOf(scene(0, 'grid'), LANDSCAPE)).toEqual([]);
  });
});

it('names people as soon as there are two, and never things', () => {
  const names = (sources: readonly StagedSource[], layout: Layout): readonly string[] =>
    cellsOf({ layout, main: null, sources, hasPicture: false }, LANDSCAPE).map(({ name }) => name);
  expect(names([person('host'), person('hands', 'close-up')], 'grid')).toEqual(['', '']);
  expect(names([person('host'), person('ada'), person('hands', 'close-up')], 'grid')).toEqual(['HOST', 'ADA', '']);
  expect(names([person('host'), person('ada')], 'full')).toEqual(['']);
});

describe('crops', () => {
  it('take the middle of a wide camera for a tall cell', () => {
    expect(cropOf(LANDSCAPE, { width: 640, height: 720 })).toEqual({ x: 320, y: 0, width: 640, height: 720 });
  });

  it('keep more of the upper half of a tall camera, where the head is', () => {
    const { y, height } = cropOf(PORTRAIT, { width: 1280, height: 720 });
    expect([Math.round(height), Math.round(y)]).toEqual([405, 306]);
  });

  it('fit a tall product picture between two edges', () => {
    expect(fittedIn({ x: 0, y: 0, ...LANDSCAPE }, { width: 1000, height: 2000 })).toEqual({ x: 460, y: 0, width: 360, height: 720 });
  });
});
