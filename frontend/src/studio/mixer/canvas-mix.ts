/** Mixes in the page, for browsers without streams of frames. It stands still while the page is hidden. */
import { cellsOf, PICTURE, type Cell } from './geometry.ts';
import { Pacer } from './pacer.ts';
import { paint, type Still } from './painter.ts';
import type { PictureMix } from './picture-mix.ts';
import { NO_STATS, type Look, type MixStats, type Scene, type Size, type SourceStats } from './scene.ts';

const STATS_MS = 1000;

export class CanvasMix implements PictureMix {
  readonly track: MediaStreamTrack;
  stats: MixStats = NO_STATS;
  readonly #look: Look;
  readonly #pacer: Pacer;
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #videos = new Map<string, HTMLVideoElement>();
  readonly #counting: ReturnType<typeof setInterval>;
  #scene: Scene | null = null;
  #cells: readonly Cell[] = [];
  #picture: ImageBitmap | null = null;
  #made = 0;
  #frame = 0;

  constructor(size: Size, framesPerS: number, look: Look) {
    this.#look = look;
    this.#pacer = new Pacer(framesPerS);
    const context = this.#canvas.getContext('2d', { alpha: false });
    const [track] = this.#canvas.captureStream(framesPerS).getVideoTracks();
    if (!context || !track) throw new Error('this browser gives no track of a canvas');
    this.#context = context;
    this.track = track;
    this.resize(size);
    this.#frame = requestAnimationFrame(this.#draw);
    this.#counting = setInterval(() => this.#count(), STATS_MS);
  }

  feed(id: string, track: MediaStreamTrack | null): void {
    const video = this.#videos.get(id) ?? silentVideo();
    video.srcObject = track && new MediaStream([track]);
    if (!track) this.#videos.delete(id);
    else {
      this.#videos.set(id, video);
      void video.play().catch(() => undefined); // a track that has ended already
    }
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#cells = cellsOf(scene, this.#size);
  }

  setPicture(bitmap: ImageBitmap | null): void {
    this.#picture?.close();
    this.#picture = bitmap;
  }

  resize({ width, height }: Size): void {
    [this.#canvas.width, this.#canvas.height] = [width, height];
    if (this.#scene) this.show(this.#scene);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearInterval(this.#counting);
    for (const id of [...this.#videos.keys()]) this.feed(id, null);
    this.setPicture(null);
    this.track.stop();
  }

  get #size(): Size {
    return { width: this.#canvas.width, height: this.#canvas.height };
  }

  readonly #draw = (nowMs: number): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    if (!this.#pacer.isDue(nowMs, false)) return;
    this.#made += 1;
    paint(this.#context, this.#size, this.#look, this.#cells, (id) => this.#stillOf(id));
  };

  #stillOf(id: string): Still | null {
    if (id === PICTURE) return this.#picture && { image: this.#picture, width: this.#picture.width, height: this.#picture.height };
    const video = this.#videos.get(id);
    return video ? { image: video, width: video.videoWidth, height: video.videoHeight } : null;
  }

  #count(): void {
    const sources = [...this.#videos].map(([id, { videoWidth: width, videoHeight: height }]): readonly [string, SourceStats] => [
      id,
      { framesPerS: this.#made, droppedPerS: 0, width, height },
    ]);
    this.stats = { distinctPerS: this.#made, repeatedPerS: 0, droppedPerS: 0, sources: Object.fromEntries(sources) };
    this.#made = 0;
  }
}

function silentVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  return video;
}
