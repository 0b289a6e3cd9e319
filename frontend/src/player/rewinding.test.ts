/** The player of a live show that is rewound, with an engine and a video element of the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, EngineEvents } from './engine.ts';
import type { Span } from './picture-time.ts';
import { Player } from './player.ts';

const STARTED_MS = 1_000_000;
const WINDOW_S = 600;
const CHECK_MS = 250;

class FakeVideo extends EventTarget {
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
  play() {
    this.paused = false;
    this.dispatchEvent(new Event('playing'));
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
const AGE_S = 3600;
const LOST_AT_S = 1800;
const LOST_S = 60;
const WHOLE: readonly Span[] = [
  { startS: 0, durationS: LOST_AT_S, pdtMs: STARTED_MS },
  { startS: LOST_AT_S, durationS: AGE_S - LOST_AT_S - LOST_S, pdtMs: STARTED_MS + (LOST_AT_S + LOST_S) * 1000 },
];
const WINDOW: readonly Span[] = [{ startS: 0, durationS: WINDOW_S, pdtMs: STARTED_MS + (AGE_S - WINDOW_S) * 1000 }];

class FakeEngine {
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
  readonly events: EngineEvents;
  readonly #video: FakeVideo;

  constructor(video: FakeVideo, events: EngineEvents) {
    this.#video = video;
    this.events = events;
  }
  load(url: string, startS: number | null): void {
    this.loads.push({ url, startS });
    this.spans = url.includes('/rewind/') ? WHOLE : WINDOW;
    const last = this.spans.at(-1)!;
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
  }
}

function setUp(started: number | null = STARTED_MS) {
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

async function live(started: number | null = STARTED_MS) {
  const one = setUp(started);
  one.player.load('/hls/evening/pass/7-x/index.m3u8');
  await vi.advanceTimersByTimeAsync(CHECK_MS);
  return one;
}

const atS = (showTimeS: number) => STARTED_MS + showTimeS * 1000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a live show', () => {
  it('can be sought from its start on, though the live window has its end alone', async () => {
    const { player } = await live();
    expect([player.state.startS, player.state.endS]).toEqual([WINDOW_S - AGE_S, WINDOW_S]);
    expect(player.state.isRewound).toBe(false);
    player.destroy();
    const { player: unknown } = await live(null); // a preview
    expect(unknown.state.startS).toBe(0);
    unknown.destroy();
  });

  it('is sought within the live window without another playlist', async () => {
    const { player, video, loads } = await live();
    player.seekTo(100);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.currentTime, loads().length, player.state.isRewound]).toEqual([100, 1, false]);
    player.destroy();
  });

  it('goes to a picture before the window in the playlist of the whole show, and is corrected by that', async () => {
    const { player, video, engines, loads } = await live();
    expect(player.seekToPicture(atS(600))).toBe(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().slice(1)).toEqual([{ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 600 }]);
    expect(engines[0]!.isDestroyed).toBe(true);
    expect([player.state.isRewound, player.state.isBehind, player.pictureTimeMs]).toEqual([true, true, atS(600)]);
    expect(player.state.startS).toBe(0);
    player.seekTo(0);
    expect(video.currentTime).toBe(0);
    player.seekToLive();
    // Of the pictures behind the loss the clock says too much.
    player.seekToPicture(atS(2400));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().slice(-2).map(({ startS }) => startS)).toEqual([2400, 2340]);
    expect(player.pictureTimeMs).toBe(atS(2400));
    player.destroy();
  });

  it('goes back to the live window at once, at normal speed', async () => {
    const { player, video, loads } = await live();
    player.seekToPicture(atS(60));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    player.setSpeed(1.5);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.playbackRate, player.state.speed]).toEqual([1.5, 1.5]);
    player.seekToLive();
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/index.m3u8', startS: null });
    expect([player.state.isRewound, player.state.speed, video.playbackRate]).toEqual([false, 1, 1]);
    player.destroy();
  });

  it('is live again when a faster playback has caught up with now', async () => {
    const { player, video, loads } = await live();
    player.seekToPicture(atS(60));
    player.setSpeed(2);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    video.currentTime = video.endS - 5; // five seconds behind
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(player.state.isRewound).toBe(true);
    video.currentTime = video.endS - 3;
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([player.state.isRewound, player.state.speed]).toEqual([false, 1]);
    expect(loads().at(-1)!.startS).toBeNull();
    player.destroy();
  });

  it('stays at its picture when the window moves on under somebody who chose it', async () => {
    const { player, video, engines, loads } = await live();
    player.seekTo(4); // four seconds from where the window ends
    const pictureMs = player.pictureTimeMs!;
    await vi.advanceTimersByTimeAsync(2 * CHECK_MS);
    expect([player.state.isRewound, loads().length]).toEqual([true, 3]);
    expect(player.pictureTimeMs).toBe(pictureMs);
    expect(engines.at(-1)!.isDestroyed).toBe(false);
    expect(video.paused).toBe(false);
    player.destroy();
  });

  it('is loaded again at its picture after a fault, and anew when another show is loaded', async () => {
    const { player, video, engines, loads } = await live();
    player.seekToPicture(atS(600));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    video.currentTime = 700;
    engines.at(-1)!.events.onFatal('gone');
    await vi.advanceTimersByTimeAsync(1000);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 700 });
    player.load('/hls/evening/index.m3u8', 0);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/index.m3u8', startS: 0 });
    expect(player.state.isRewound).toBe(false);
    player.destroy();
  });
});

describe('sound only and data saving, by choice', () => {
  it('keep a live show live, and a picture of before at its place', async () => {
    const { player, engines, loads } = await live();
    player.setSoundOnly(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/audio.m3u8', startS: null });
    expect([player.state.isSoundOnly, player.state.isSoundChosen, player.state.isBehind]).toEqual([true, true, false]);
    player.seekToPicture(atS(60));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/audio.m3u8', startS: 60 });
    player.setSoundOnly(false);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 60 });
    player.setSaving(true);
    expect([engines.at(-1)?.isSaving, player.state.isSaving]).toEqual([true, true]);
    player.seekToLive();
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([loads().at(-1)?.url, engines.at(-1)?.isSaving]).toEqual(['/hls/evening/pass/7-x/index.m3u8', true]);
    player.destroy();
  });

  it('go on at the picture that was chosen within the live window', async () => {
    const { player, video } = await live();
    player.seekTo(100);
    player.setSoundOnly(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.currentTime, player.state.isSoundOnly]).toEqual([100, true]);
    player.destroy();
  });
});
