/** Mixes in a worker: the page hands the streams of frames over and has no part in them afterwards. */
import type { PictureMix } from './picture-mix.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { NO_STATS, type Look, type Scene, type Size } from './scene.ts';

/** Whether this browser mixes a hidden page's pictures at full pace. */
export function canMixInWorker(): boolean {
  return typeof MediaStreamTrackProcessor === 'function' && typeof MediaStreamTrackGenerator === 'function' && typeof OffscreenCanvas === 'function';
}

export class WorkerMix implements PictureMix {
  readonly track: MediaStreamTrackGenerator;
  stats = NO_STATS;
  readonly #worker: Worker;

  constructor(size: Size, framesPerS: number, look: Look) {
    this.track = new MediaStreamTrackGenerator({ kind: 'video' });
    this.#worker = new Worker(new URL('./mix-worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => (this.stats = data.stats));
    this.#tell({ does: 'start', size, framesPerS, look, writable: this.track.writable }, this.track.writable);
  }

  feed(id: string, track: MediaStreamTrack | null): void {
    if (!track) {
      this.#tell({ does: 'starve', id });
      return;
    }
    const { readable } = new MediaStreamTrackProcessor({ track });
    this.#tell({ does: 'feed', id, readable }, readable);
  }

  show(scene: Scene): void {
    this.#tell({ does: 'show', scene });
  }

  setPicture(bitmap: ImageBitmap | null): void {
    this.#tell({ does: 'picture', bitmap }, ...(bitmap ? [bitmap] : []));
  }

  resize(size: Size): void {
    this.#tell({ does: 'resize', size });
  }

  close(): void {
    this.#worker.terminate();
    this.track.stop();
  }

  #tell(words: ToWorker, ...handed: Transferable[]): void {
    this.#worker.postMessage(words, handed);
  }
}
