/** The two ways to mix pictures behind one interface: in a worker, or in the page where a browser cannot. */
import type { MixStats, Scene, Size } from './scene.ts';

export interface PictureMix {
  /** The one track of the mix, from the beginning to `close`. */
  readonly track: MediaStreamTrack;
  stats: MixStats;
  /** Another track of a source, or none. */
  feed(id: string, track: MediaStreamTrack | null): void;
  show(scene: Scene): void;
  setPicture(bitmap: ImageBitmap | null): void;
  resize(size: Size): void;
  close(): void;
}
