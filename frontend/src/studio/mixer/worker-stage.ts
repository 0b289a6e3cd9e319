/** The mix as the worker makes it: sources' frames in, one track's frames out. */
import { FrameSource } from './frame-source.ts';
import { cellsOf, PICTURE, type Cell } from './geometry.ts';
import { Pacer } from './pacer.ts';
import { paint, type Still } from './painter.ts';
import type { ToWorker } from './protocol.ts';
import { type Look, type MixStats, type Scene, type Size } from './scene.ts';

type Start = Extract<ToWorker, { does: 'start' }>;

const EMPTY: Scene = { layout: 'full', main: null, sources: [], hasPicture: false };

export class WorkerStage {
  readonly #look: Look;
  readonly #pacer: Pacer;
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #sources = new Map<string, FrameSource>();
  #size: Size;
  #scene: Scene = EMPTY;
  #cells: readonly Cell[] = [];
  #picture: ImageBitmap | null = null;
  /** The scene has changed since the last frame. */
  #isChanged = true;
  #counted = { distinct: 0, repeated: 0, dropped: 0 };

  constructor({ size, framesPerS, look, writable }: Start) {
    this.#size = size;
    this.#look = look;
    this.#pacer = new Pacer(framesPerS);
    this.#writer = writable.getWriter();
    this.#canvas = new OffscreenCanvas(size.width, size.height);
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('this browser gives its workers no canvas');
    this.#context = context;
  }

  feed(id: string, readable: ReadableStream<VideoFrame>): void {
    let source = this.#sources.get(id);
    if (!source) this.#sources.set(id, (source = new FrameSource(() => this.tick(id))));
    source.feed(readable);
  }

  starve(id: string): void {
    this.#sources.get(id)?.close();
    this.#sources.delete(id);
    this.#isChanged = true;
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#arrange();
  }

  setPicture(bitmap: ImageBitmap | null): void {
    this.#picture?.close();
    this.#picture = bitmap;
    this.#isChanged = true;
  }

  resize(size: Size): void {
    this.#size = size;
    [this.#canvas.width, this.#canvas.height] = [size.width, size.height];
    this.#arrange();
  }

  /** Make a frame if one is due; `id` is the source that has just given one. */
  tick(id?: string): void {
    const nowMs = performance.now();
    if (!this.#pacer.isDue(nowMs, id !== undefined && id === this.#leader)) return;
    if ((this.#writer.desiredSize ?? 0) <= 0) {
      this.#counted.dropped += 1;
      return;
    }
    this.#make(nowMs);
  }

  /** Return the counts since the last call. */
  count(): MixStats {
    const { distinct, repeated, dropped } = this.#counted;
    this.#counted = { distinct: 0, repeated: 0, dropped: 0 };
    const sources = [...this.#sources].map(([id, one]) => [id, one.count(this.#isSeen(id))] as const);
    return { distinctPerS: distinct, repeatedPerS: repeated, droppedPerS: dropped, sources: Object.fromEntries(sources) };
  }

  /** The source whose frames set the pace: the first that is seen and moves. */
  get #leader(): string | undefined {
    return this.#cells.find(({ id }) => id !== PICTURE)?.id;
  }

  #isSeen(id: string): boolean {
    return this.#cells.some((cell) => cell.id === id);
  }

  #arrange(): void {
    this.#cells = cellsOf(this.#scene, this.#size);
    this.#isChanged = true;
  }

  #make(nowMs: number): void {
    let isNew = this.#isChanged;
    for (const [id, source] of this.#sources) if (source.take() && this.#isSeen(id)) isNew = true;
    this.#isChanged = false;
    this.#counted[isNew ? 'distinct' : 'repeated'] += 1;
    paint(this.#context, this.#size, this.#look, this.#cells, (id) => this.#stillOf(id));
    const frame = new VideoFrame(this.#canvas, { timestamp: Math.round(nowMs * 1000), alpha: 'discard' });
    void this.#writer.write(frame).catch(() => frame.close()); // the page has stopped the track
  }

  #stillOf(id: string): Still | null {
    if (id !== PICTURE) return this.#sources.get(id)?.still ?? null;
    return this.#picture && { image: this.#picture, width: this.#picture.width, height: this.#picture.height };
  }
}
