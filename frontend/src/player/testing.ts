/** For tests of the player: an engine and a video element of theirs, and a show that runs for an hour. */
import { vi } from 'vitest';
import type { Engine, EngineEvents } from './engine.ts';
import type { Span } from './picture-time.ts';
import { Player } from './player.ts';

export const STARTED_MS = 1_000_000;
export const WINDOW_S = 600;
export const CHECK_MS = 250;

export class FakeVideo extends EventTarget {
  currentTime = 0;
  playbackRate = 1;
  volume = 1;
  muted = false;
  paused = true;
  ended = false;
  seeking = false;
  readyState = 4;
  videoWidth = 1280;
  videoHeight = 720;
  endS = 0;
  startS = 0;
  get seekable() {
    return { length: this.endS > 0 ? 1 : 0, start: () => this.startS, end: () => this.endS };
  }
  get buffered() {
    return { length: 1, start: () => 0, end: () => this.endS };
  }
  /** Set: the browser lets nothing begin by itself. */
  refusal: Error | null = null;
  play() {
    if (this.refusal) return Promise.reject(this.refusal);
    this.paused = false;
    if (this.endS > 0) this.dispatchEvent(new Event('playing'));
    return Promise.resolve();
  }
  pause() {
    this.paused = true;
  }
  getVideoPlaybackQuality() {
    return { totalVideoFrames: 0 };
  }
}

/** A show that has run for an hour; its broadcast was lost for a minute in the middle. */
export const AGE_S = 3600;
const LOST_AT_S = 1800;
const LOST_S = 60;
const WHOLE: readonly Span[] = [
  { startS: 0, durationS: LOST_AT_S, pdtMs: STARTED_MS },
  { startS: LOST_AT_S, durationS: AGE_S - LOST_AT_S - LOST_S, pdtMs: STARTED_MS + (LOST_AT_S + LOST_S) * 1000 },
];
const WINDOW: readonly Span[] = [{ startS: 0, durationS: WINDOW_S, pdtMs: STARTED_MS + (AGE_S - WINDOW_S) * 1000 }];

export class FakeEngine {
  readonly loads: { url: string; startS: number | null }[] = [];
  spans: readonly Span[] = [];
  isLive = true;
  isStarved = false;
  isSmallest = false;
  lineBps = 0;
  neededBps = 0;
  qualities = [];
  quality = -1;
  playingHeight = 720;
  isSaving = false;
  isDestroyed = false;
  /** Nothing that is loaded can be had. */
  static isDown = false;
  readonly events: EngineEvents;
  readonly #video: FakeVideo;

  constructor(video: FakeVideo, events: EngineEvents) {
    this.#video = video;
    this.events = events;
  }
  load(url: string, startS: number | null): void {
    this.loads.push({ url, startS });
    if (FakeEngine.isDown) return this.events.onFatal('down');
    this.spans = url.includes('/rewind/') ? WHOLE : WINDOW;
    const [last = { startS: 0, durationS: 0 }] = this.spans.slice(-1);
    this.#video.endS = last.startS + last.durationS;
    this.#video.currentTime = startS ?? this.#video.endS;
    this.events.onChange();
  }
  get livePositionS(): number {
    return this.#video.endS;
  }
  get nowPositionS(): number {
    return this.#video.endS;
  }
  refresh(): void {}
  easeOff(): void {}
  hasOtherRungs(): Promise<boolean> {
    return Promise.resolve(false);
  }
  destroy(): void {
    this.isDestroyed = true;
    this.#video.endS = 0;
  }
}

export function setUp(started: number | null = STARTED_MS) {
  const video = new FakeVideo();
  const engines: FakeEngine[] = [];
  const player = new Player(video as unknown as HTMLVideoElement, {
    now: () => STARTED_MS + AGE_S * 1000,
    showStartMs: () => started,
    maySoundOnly: true,
    engine: () =>
      Promise.resolve((_video, events) => {
        const engine = new FakeEngine(video, events);
        engines.push(engine);
        return engine as unknown as Engine;
      }),
  });
  return { player, video, engines, loads: () => engines.flatMap(({ loads }) => loads) };
}

export async function live(started: number | null = STARTED_MS) {
  const one = setUp(started);
  one.player.load('/hls/evening/pass/7-x/index.m3u8');
  await vi.advanceTimersByTimeAsync(CHECK_MS);
  return one;
}

export const atS = (showTimeS: number) => STARTED_MS + showTimeS * 1000;
