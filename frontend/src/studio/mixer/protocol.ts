/** What the page and the mixing worker say to each other. */
import type { Look, MixStats, Scene, Size } from './scene.ts';

export type ToWorker =
  | { readonly does: 'start'; readonly size: Size; readonly framesPerS: number; readonly look: Look; readonly writable: WritableStream<VideoFrame> }
  | { readonly does: 'feed'; readonly id: string; readonly readable: ReadableStream<VideoFrame> }
  | { readonly does: 'starve'; readonly id: string }
  | { readonly does: 'show'; readonly scene: Scene }
  | { readonly does: 'picture'; readonly bitmap: ImageBitmap | null }
  | { readonly does: 'resize'; readonly size: Size };

export type FromWorker = { readonly stats: MixStats };
