/** The port to an engine that plays a playlist: hls.js where there are Media Source Extensions, else the browser itself (older iPhones). */
import type { Span } from './picture-time.ts';

export interface Quality {
  index: number;
  /** The shorter side in pixels: "720p". */
  height: number;
}

export interface EngineEvents {
  /** The playlist or the list of qualities has changed. */
  onChange(): void;
  /** A broadcast follows another: it may have other rungs. */
  onBroadcast(): void;
  /** It cannot go on by itself. */
  onFatal(reason: string): void;
}

export interface Engine {
  /** `lineBps`: bit rate of the connection; null when it is not known. */
  load(url: string, startS: number | null, lineBps?: number | null): void;
  /** Ask for the playlist now, not at the next turn: media has come back. */
  refresh(): void;
  /** Something to show has been asked for and does not come: the line is too slow for it. */
  readonly isStarved: boolean;
  /** No smaller picture could be loaded. */
  readonly isSmallest: boolean;
  /** The measured bit rate of the connection, and the one that the smallest rung needs; 0 when not known. */
  readonly lineBps: number;
  readonly neededBps: number;
  /** It keeps its distance from now by itself. */
  readonly keepsPace: boolean;
  /** Smaller pictures, and little ahead of time. */
  isSaving: boolean;
  /** Abort the current download and go on with the smallest rung, unless the viewer chose one. */
  easeOff(): void;
  /** True when the server lists other rungs by now than were loaded, or other captions, for an engine that shows them. */
  hasOtherRungs(): Promise<boolean>;
  destroy(): void;
  readonly spans: readonly Span[];
  /** The place of live playback on the element's clock; null for a recording. */
  readonly livePositionS: number | null;
  /** The same, even if nothing of it is loaded yet: a weak connection is behind this. */
  readonly nowPositionS: number | null;
  readonly isLive: boolean;
  readonly qualities: readonly Quality[];
  /** -1: chosen by the connection. */
  quality: number;
  /** The quality that plays now, also when it was chosen by the connection. */
  readonly playingHeight: number | null;
}

/** A show's live edge: its WebSocket's address, and the token of the person who watches. */
export interface EdgeOptions {
  url: string;
  token: () => Promise<string | null>;
  /** The picture before it is public, for staff. */
  isPreview?: boolean;
  /** The session's name, the same as the timeline's. */
  session?: string;
}

export type EngineFactory = (video: HTMLVideoElement, events: EngineEvents) => Engine;
