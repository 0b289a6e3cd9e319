/** Where each source stands in the mixed picture. Pure: all lengths are px of the mix. */
import type { Scene, Size, StagedSource } from './scene.ts';

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Cell extends Box {
  /** The source, or `PICTURE`. */
  readonly id: string;
  /** People are cropped to fill their cell; screens and product pictures are shown whole. */
  readonly fit: 'cover' | 'contain';
  /** The words of its name plate; empty for none. */
  readonly name: string;
}

/** The id of the product picture's cell. */
export const PICTURE = '';

/** How many cells stand in each column, main first, for one to six sources. */
const COLUMNS: readonly (readonly number[])[] = [[1], [1, 1], [1, 2], [2, 2], [1, 2, 2], [2, 2, 2]];
export const MOST_SOURCES = COLUMNS.length;
const STRIPS_MAX = 3;

/** Shares of the picture's longer or shorter side. */
const MARGIN = 0.022;
const INSET = { across: 0.32, shape: 4 / 3 };
/** The viewers' own marks stand over the top of a portrait picture, and their chat over its lower half. */
const PORTRAIT_INSETS = { top: 0.12, height: 0.42, across: 0.2, shape: 3 / 4 };
/** Heads stand in the upper half: a crop of the height keeps more of it. */
const FOCUS_Y = 0.35;

/** Return the cells, those behind first. */
export function cellsOf(scene: Scene, size: Size): readonly Cell[] {
  const ordered = inOrder(scene);
  const [main, ...others] = ordered;
  const whole: Box = { x: 0, y: 0, ...size };
  if (scene.hasPicture) return withPicture(scene, whole);
  if (!main) return [];
  switch (scene.layout) {
    case 'full':
      return named([cell(main, whole)], [main]);
    case 'picture-in-picture':
      return named([cell(main, whole), ...insets(others, size)], ordered);
    case 'side-by-side':
      return named(tiles(ordered, size, ordered.length <= STRIPS_MAX), ordered);
    case 'grid':
      return named(tiles(ordered, size, false), ordered);
  }
}

/** The part of a source of `from` px that fills a cell of the shape of `to`. */
export function cropOf(from: Size, to: Size): Box {
  const scale = Math.max(to.width / from.width, to.height / from.height);
  const width = Math.min(from.width, to.width / scale);
  const height = Math.min(from.height, to.height / scale);
  return { x: (from.width - width) / 2, y: (from.height - height) * FOCUS_Y, width, height };
}

/** The place within a cell at which all of a source of `from` px is seen. */
export function fittedIn(box: Box, from: Size): Box {
  const scale = Math.min(box.width / from.width, box.height / from.height);
  const [width, height] = [Math.round(from.width * scale), Math.round(from.height * scale)];
  return { x: box.x + Math.round((box.width - width) / 2), y: box.y + Math.round((box.height - height) / 2), width, height };
}

function inOrder({ sources, main }: Scene): readonly StagedSource[] {
  const first = sources.find((one) => one.id === main) ?? hostOf(sources) ?? sources[0];
  return first ? [first, ...sources.filter((one) => one !== first)].slice(0, MOST_SOURCES) : [];
}

function hostOf(sources: readonly StagedSource[]): StagedSource | undefined {
  return sources.find((one) => one.kind === 'host');
}

function withPicture({ sources }: Scene, whole: Box): readonly Cell[] {
  const host = hostOf(sources);
  const picture: Cell = { ...whole, id: PICTURE, fit: 'contain', name: '' };
  return [picture, ...(host ? insets([host], whole) : [])];
}

function cell(source: StagedSource, box: Box): Cell {
  return { ...box, id: source.id, fit: source.kind === 'screen' ? 'contain' : 'cover', name: '' };
}

/** Small cells one below the other: in the lower right corner, or at the upper right of a portrait picture. */
function insets(sources: readonly StagedSource[], { width, height }: Size): readonly Cell[] {
  const margin = Math.round(Math.max(width, height) * MARGIN);
  const isPortrait = height > width;
  const rules = isPortrait ? PORTRAIT_INSETS : { top: 0, height: 1, ...INSET };
  const room = height * rules.height - 2 * margin;
  const each = Math.floor(Math.min(height * rules.across, (room - (sources.length - 1) * margin) / sources.length));
  const across = Math.round(each * rules.shape);
  const top = isPortrait ? Math.round(height * rules.top) : height - sources.length * (each + margin);
  return sources.map((one, n) => cell(one, { x: width - margin - across, y: top + n * (each + margin), width: across, height: each }));
}

/** Cells that fill the picture: columns of a landscape picture, and the rows of a portrait one. */
function tiles(sources: readonly StagedSource[], { width, height }: Size, isStrips: boolean): readonly Cell[] {
  const columns = isStrips ? sources.map(() => 1) : (COLUMNS[sources.length - 1] ?? [1]);
  const isPortrait = height > width;
  const [long, short] = isPortrait ? [height, width] : [width, height];
  const cells: Cell[] = [];
  columns.forEach((count, column) => {
    const [from, to] = share(long, column, columns.length);
    for (let row = 0; row < count; row += 1) {
      const [top, bottom] = share(short, row, count);
      const box = { x: from, y: top, width: to - from, height: bottom - top };
      const source = sources[cells.length];
      if (source) cells.push(cell(source, isPortrait ? turned(box) : box));
    }
  });
  return cells;
}

/** From and to of the part `n` of `count`; no px is left out and none is taken twice. */
function share(length: number, n: number, count: number): readonly [number, number] {
  return [Math.round((length * n) / count), Math.round((length * (n + 1)) / count)];
}

function turned({ x, y, width, height }: Box): Box {
  return { x: y, y: x, width: height, height: width };
}

/** A plate tells people apart, so a person alone needs none; neither does a thing. */
function named(cells: readonly Cell[], sources: readonly StagedSource[]): readonly Cell[] {
  const people = new Map(sources.filter(({ kind }) => kind === 'host' || kind === 'guest').map(({ id, name }) => [id, name]));
  if (people.size < 2) return cells;
  return cells.map((one) => ({ ...one, name: people.get(one.id) ?? '' }));
}
