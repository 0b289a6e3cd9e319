/** What plays a playlist: hls.js where there are Media Source Extensions, else the browser itself (older iPhones). */
import type { Span } from './picture-time.ts';

export interface Quality {
  index: number;
  /** The shorter side in pixels: "720p". */
  height: number;
}

export interface EngineEvents {
  /** The playlist or the list of qualities has changed. */
  onChange(): void;
  /** It cannot go on by itself. */
  onFatal(reason: string): void;
}

export interface Engine {
  load(url: string, startS: number | null): void;
  /** Ask for the playlist now, not at the next turn: media has come back. */
  refresh(): void;
  destroy(): void;
  readonly spans: readonly Span[];
  /** Where live playback belongs on the element's clock; null for a recording. */
  readonly livePositionS: number | null;
  readonly isLive: boolean;
  readonly qualities: readonly Quality[];
  /** -1: chosen by the connection. */
  quality: number;
  /** The quality that plays now, also when it was chosen by the connection. */
  readonly playingHeight: number | null;
}

export type EngineFactory = (video: HTMLVideoElement, events: EngineEvents) => Engine;
