/** Draws the cells of a scene on a canvas, in the worker or in the page. */
import { cropOf, fittedIn, PICTURE, type Cell } from './geometry.ts';
import type { Look, Size } from './scene.ts';

export interface Still extends Size {
  readonly image: CanvasImageSource;
}

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const PLATE = { text: 0.032, least: 13, padding: 0.55 };

/** `stillOf` gives the newest frame of a source, or `null` before its first. */
export function paint(context: Context, size: Size, look: Look, cells: readonly Cell[], stillOf: (id: string) => Still | null): void {
  context.fillStyle = look.ground;
  context.fillRect(0, 0, size.width, size.height);
  for (const cell of cells) {
    const still = stillOf(cell.id);
    if (still && still.width > 0 && still.height > 0) draw(context, look, cell, still);
    if (cell.name) plate(context, size, look, cell);
  }
}

function draw(context: Context, look: Look, cell: Cell, still: Still): void {
  const { x, y, width, height } = cell;
  if (cell.fit === 'cover') {
    const crop = cropOf(still, cell);
    context.drawImage(still.image, crop.x, crop.y, crop.width, crop.height, x, y, width, height);
    return;
  }
  // A product stands on white, as shops photograph it; a screen stands on the ground.
  context.fillStyle = cell.id === PICTURE ? look.words : look.ground;
  context.fillRect(x, y, width, height);
  const box = fittedIn(cell, still);
  context.drawImage(still.image, box.x, box.y, box.width, box.height);
}

function plate(context: Context, size: Size, look: Look, cell: Cell): void {
  const text = Math.max(PLATE.least, Math.round(Math.min(size.width, size.height) * PLATE.text));
  const padding = Math.round(text * PLATE.padding);
  context.font = `600 ${text}px ${look.font}`;
  context.textBaseline = 'middle';
  const words = shortened(context, cell.name, cell.width - 4 * padding);
  const box = { width: Math.ceil(context.measureText(words).width) + 2 * padding, height: text + 2 * padding };
  const [x, y] = [cell.x + padding, cell.y + cell.height - padding - box.height];
  context.fillStyle = look.plate;
  context.beginPath();
  context.roundRect(x, y, box.width, box.height, padding);
  context.fill();
  context.fillStyle = look.words;
  context.fillText(words, x + padding, y + box.height / 2);
}

/** The words as far as they fit into `width` px, with an ellipsis where they do not. */
function shortened(context: Context, words: string, width: number): string {
  if (context.measureText(words).width <= width) return words;
  const letters = Array.from(words);
  while (letters.length > 1 && context.measureText(`${letters.join('')}…`).width > width) letters.pop();
  return `${letters.join('').trimEnd()}…`;
}
