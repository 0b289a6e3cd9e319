/** What a player tells of itself, and what it is told when it is made. */
import type { Quality } from './engine.ts';
import type { EngineLoader } from './engines.ts';
import type { PlaybackChoice } from './playback-choice.ts';

export type PlayerStatus = 'idle' | 'loading' | 'playing' | 'paused' | 'waiting' | 'ended' | 'failed';

export interface PlayerState {
  status: PlayerStatus;
  isMuted: boolean;
  volume: number;
  isLive: boolean;
  /** The buffer is empty: the last frame is on screen. */
  isDry: boolean;
  /** A frame has been shown since the page was opened. */
  hasPicture: boolean;
  /** The sound goes on without a picture: the viewer chose so, or the line is too weak for any. */
  isSoundOnly: boolean;
  isSoundChosen: boolean;
  /** The viewer saves data. */
  isSaving: boolean;
  positionS: number;
  startS: number;
  endS: number;
  behindLiveS: number;
  /** The picture is not live any more: the viewer chose so, or the connection is weak. */
  isBehind: boolean;
  /** Pictures from before the live window are shown. */
  isRewound: boolean;
  /** The speed that the viewer chose. */
  speed: number;
  isPortrait: boolean;
  qualities: readonly Quality[];
  quality: number;
  playingHeight: number | null;
}

export interface PlayerOptions {
  now?: () => number;
  engine?: EngineLoader;
  /** The live edge, where the show has one: tried before `engine` for a live picture. */
  edge?: EngineLoader;
  /** How fast the picture may catch up with now, once it has fallen behind; 1 is not at all. */
  catchUpSpeed?: number;
  /** There is something to show in the picture's place, so that the sound may go on alone. */
  maySoundOnly?: boolean;
  /** What the viewer chose of sound and data before. */
  choice?: PlaybackChoice;
  /** The picture at which the show began, in ms, as far back as a live show can be rewound. */
  showStartMs?: () => number | null;
}
