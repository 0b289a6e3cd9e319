/**
 * Small pictures of a show for previews while somebody seeks, from `/shows/<slug>/storyboard.json`.
 *
 * They are found by the moment of the picture (program date time), which the player knows for every place of the
 * live window, the replay and a trimmed replay. A tile is drawn as a background: `background-image: url(…)` with
 * `background-position: -x -y`.
 */

/** The file's own names. */
interface StoryboardIndex {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly per_sheet: number;
  readonly pictures: readonly number[];
  readonly sheets: readonly string[];
}

/** One small picture: a rectangle of a sheet, in pixels. */
export interface Tile {
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Make an element one small picture. The content security policy allows styles from code, not from markup. */
export function paintTile({ style }: HTMLElement, { url, x, y, width, height }: Tile): void {
  style.inlineSize = `${width}px`;
  style.blockSize = `${height}px`;
  style.backgroundImage = `url("${url}")`;
  style.backgroundPosition = `-${x}px -${y}px`;
}

export class Storyboard {
  readonly #index: StoryboardIndex;

  constructor(index: StoryboardIndex) {
    this.#index = index;
  }

  /** Resolves to null while the show has no pictures. Ask again every minute of a running show. */
  static async load(url: string): Promise<Storyboard | null> {
    const answer = await fetch(url);
    return answer.ok ? new Storyboard((await answer.json()) as StoryboardIndex) : null;
  }

  /** The last picture at or before a moment, else the first one; null without any. */
  tileAt(pictureMs: number): Tile | null {
    const { pictures, per_sheet: perSheet, columns, width, height, sheets } = this.#index;
    const next = pictures.findIndex((ms) => ms > pictureMs);
    const number = next < 0 ? pictures.length - 1 : Math.max(0, next - 1);
    const url = sheets[Math.floor(number / perSheet)];
    if (number < 0 || url === undefined) return null;
    const place = number % perSheet;
    return { url, x: (place % columns) * width, y: Math.floor(place / columns) * height, width, height };
  }
}
