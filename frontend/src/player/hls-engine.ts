/** hls.js, with the settings that low latency needs (see the facts about its latency controller in the docs). */
import Hls, { ErrorTypes, Events, type ErrorData, type Fragment, type LevelDetails } from 'hls.js/light';
import workerUrl from 'hls.js/dist/hls.worker.js?url';
import type { Engine, EngineEvents, Quality } from './engine.ts';
import type { Span } from './picture-time.ts';

const MEDIA_RECOVERIES_MAX = 3;
/** Before anything was measured: start with a good picture on a usual line, not with the worst one. */
const FIRST_ESTIMATE_BPS = 3_000_000;

export interface HlsOptions {
  /** Opens each request and may add what it needs (the console's preview: who is asking). */
  setUpRequest?: (request: XMLHttpRequest, url: string) => Promise<void>;
  /** Whole segments at the usual distance, for a line that low latency is too much for. */
  isPlain?: boolean;
  /** After a stall go back to now, not a second farther from it. */
  staysLive?: boolean;
}

export class HlsEngine implements Engine {
  #hls: Hls;
  #events: EngineEvents;
  #spans: Span[] | null = null;
  #recoveries = 0;

  static get isSupported(): boolean {
    return Hls.isSupported();
  }

  constructor(video: HTMLVideoElement, events: EngineEvents, options: HlsOptions = {}) {
    this.#events = events;
    this.#hls = new Hls({
      lowLatencyMode: !options.isPlain,
      maxLiveSyncPlaybackRate: 1, // the player keeps the distance itself (live-edge.ts)
      ...(options.staysLive ? { liveSyncOnStallIncrease: 0 } : {}),
      backBufferLength: 30,
      // Not set on purpose: liveSyncDurationCount. It would replace the server's PART-HOLD-BACK.
      abrEwmaDefaultEstimate: FIRST_ESTIMATE_BPS,
      capLevelToPlayerSize: true,
      enableWorker: true,
      workerPath: workerUrl,
      ...(options.setUpRequest ? { xhrSetup: options.setUpRequest } : {}),
    });
    for (const name of [Events.LEVEL_UPDATED, Events.LEVEL_PTS_UPDATED, Events.LEVEL_SWITCHED, Events.MANIFEST_PARSED] as const) {
      this.#hls.on(name, () => this.#changed());
    }
    this.#hls.on(Events.ERROR, (_name, data) => this.#failed(data));
    this.#hls.attachMedia(video);
  }

  load(url: string, startS: number | null): void {
    this.#hls.config.startPosition = startS ?? -1;
    this.#hls.loadSource(url);
  }

  refresh(): void {
    this.#hls.stopLoad();
    this.#hls.startLoad(-1);
  }

  destroy(): void {
    this.#hls.destroy();
  }

  get spans(): readonly Span[] {
    this.#spans ??= spansOf(this.#details);
    return this.#spans;
  }

  get livePositionS(): number | null {
    return this.isLive ? this.#hls.liveSyncPosition : null;
  }

  get isLive(): boolean {
    return this.#details?.live ?? false;
  }

  get qualities(): readonly Quality[] {
    return this.#hls.levels
      .map((level, index) => ({ index, height: Math.min(level.width, level.height) }))
      .sort((a, b) => b.height - a.height);
  }

  get quality(): number {
    return this.#hls.autoLevelEnabled ? -1 : this.#hls.loadLevel;
  }

  set quality(index: number) {
    this.#hls.nextLevel = index;
  }

  get playingHeight(): number | null {
    const level = this.#hls.levels[this.#hls.currentLevel];
    return level ? Math.min(level.width, level.height) : null;
  }

  get #details(): LevelDetails | null {
    return this.#hls.levels[this.#hls.currentLevel]?.details ?? this.#hls.latestLevelDetails;
  }

  #changed(): void {
    this.#spans = null;
    this.#events.onChange();
  }

  #failed(data: ErrorData): void {
    if (!data.fatal) return;
    if (data.type === ErrorTypes.MEDIA_ERROR && this.#recoveries < MEDIA_RECOVERIES_MAX) {
      this.#recoveries += 1;
      this.#hls.recoverMediaError();
      return;
    }
    this.#events.onFatal(data.details);
  }
}

function spansOf(details: LevelDetails | null): Span[] {
  if (!details) return [];
  const hint = details.fragmentHint;
  const fragments: Fragment[] = hint ? [...details.fragments, hint] : details.fragments;
  return fragments.flatMap((fragment) =>
    fragment.programDateTime === null
      ? []
      : [{ startS: fragment.start, durationS: fragment.duration, pdtMs: fragment.programDateTime }],
  );
}
