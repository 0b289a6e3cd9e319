/** hls.js, with the settings that low latency needs (see the facts about its latency controller in the docs). */
import Hls, { ErrorTypes, Events, type ErrorData, type Fragment, type LevelDetails } from 'hls.js/light';
import { EdgeErrors } from './edge-errors.ts';
import type { Engine, EngineEvents, Quality } from './engine.ts';
import { hasOtherRungs } from './ladder.ts';
import { savingCap } from './playback-choice.ts';
import type { Span } from './picture-time.ts';

const MEDIA_RECOVERIES_MAX = 3;
const LOAD_TIMEOUT_MS = 5_000;
/** A part of a third of a second is late by then. */
const SLOW_LOAD_MS = 600;
/** Before anything was measured: start with a good picture on a usual line, not with the worst one. */
const FIRST_ESTIMATE_BPS = 3_000_000;
/** How far ahead of the picture a recording is loaded, s; and for a viewer who saves data. */
const AHEAD_S = 30;
const AHEAD_SAVING_S = 8;

export interface HlsOptions {
  /** Opens each request and may add headers (the console's preview adds a token). */
  setUpRequest?: (request: XMLHttpRequest, url: string) => Promise<void>;
  /** The session's name, told with requests to this site, so that the server knows what this player had when (`CMCD-Session`). */
  session?: string;
  /** Whole segments at the usual distance, for a line that low latency is too much for. */
  isPlain?: boolean;
}

export class HlsEngine implements Engine {
  readonly keepsPace = false;
  #hls: Hls;
  #events: EngineEvents;
  #spans: Span[] | null = null;
  #recoveries = 0;
  #url = '';
  #multivariant = '';
  #discontinuity: number | null = null;
  #loadingSinceMs: number | null = null;
  #isSaving = false;
  readonly #setUpRequest: HlsOptions['setUpRequest'];

  static get isSupported(): boolean {
    return Hls.isSupported();
  }

  constructor(video: HTMLVideoElement, events: EngineEvents, options: HlsOptions = {}) {
    this.#events = events;
    this.#setUpRequest = options.setUpRequest;
    this.#hls = new Hls({
      lowLatencyMode: !options.isPlain,
      maxLiveSyncPlaybackRate: 1, // the player keeps the distance itself (live-edge.ts)
      liveSyncOnStallIncrease: 0, // the same: a moving target would hide how far behind it is
      backBufferLength: 30,
      enableDateRangeMetadataCues: false, // for players of others: ours has the highlights from the timeline
      // Not set on purpose: liveSyncDurationCount. It would replace the server's PART-HOLD-BACK.
      abrEwmaDefaultEstimate: FIRST_ESTIMATE_BPS,
      capLevelToPlayerSize: true,
      errorController: EdgeErrors,
      enableWorker: false, // fragmented MP4 passes as it is: the first picture would wait for a worker's start, and for nothing else
      ...xhrSetupOf(options),
    });
    for (const name of [Events.LEVEL_UPDATED, Events.LEVEL_PTS_UPDATED, Events.LEVEL_SWITCHED, Events.MANIFEST_PARSED] as const) {
      this.#hls.on(name, () => this.#changed());
    }
    this.#hls.on(Events.MANIFEST_PARSED, () => this.#cap());
    this.#hls.on(Events.MANIFEST_LOADED, (_name, data) => (this.#multivariant = textOf(data.networkDetails)));
    this.#hls.on(Events.MANIFEST_LOADED, (_name, { contentSteering }) => contentSteering && this.#tryOnce());
    this.#hls.on(Events.LEVEL_UPDATED, (_name, data) => this.#lookForBroadcast(data.details.endCC));
    this.#hls.on(Events.FRAG_LOADING, () => (this.#loadingSinceMs = performance.now()));
    this.#hls.on(Events.FRAG_LOADED, (_name, { frag, part }) => {
      // The parts of one segment are loaded in a row, and only the first is told.
      this.#loadingSinceMs = part && this.#isListed(frag, part.index + 1) ? performance.now() : null;
    });
    for (const name of [Events.FRAG_LOAD_EMERGENCY_ABORTED, Events.ERROR] as const) {
      this.#hls.on(name, () => (this.#loadingSinceMs = null));
    }
    this.#hls.on(Events.ERROR, (_name, data) => this.#failed(data));
    this.#hls.attachMedia(video);
  }

  load(url: string, startS: number | null, lineBps: number | null = null): void {
    this.#url = url;
    if (lineBps !== null) this.#hls.bandwidthEstimate = lineBps;
    this.#hls.config.startPosition = startS ?? -1;
    this.#hls.loadSource(url);
  }

  refresh(): void {
    this.#hls.stopLoad();
    this.#hls.startLoad(-1);
  }

  get isStarved(): boolean {
    return this.#loadingSinceMs !== null && performance.now() - this.#loadingSinceMs > SLOW_LOAD_MS;
  }

  get isSmallest(): boolean {
    return this.#hls.levels.length > 0 && this.#hls.loadLevel === 0;
  }

  get lineBps(): number {
    return this.#hls.bandwidthEstimate;
  }

  get neededBps(): number {
    return this.#hls.levels[0]?.maxBitrate ?? 0;
  }

  get isSaving(): boolean {
    return this.#isSaving;
  }

  set isSaving(isSaving: boolean) {
    this.#isSaving = isSaving;
    const { config } = this.#hls;
    config.maxBufferLength = config.maxMaxBufferLength = isSaving ? AHEAD_SAVING_S : AHEAD_S;
    this.#hls.capLevelToPlayerSize = !isSaving; // it would set the cap anew with each size of the window
    this.#cap();
  }

  /** A quality that the viewer chooses counts for more. */
  #cap(): void {
    const sides = this.#hls.levels.map(({ width, height }) => Math.min(width, height));
    if (this.#isSaving) this.#hls.autoLevelCapping = savingCap(sides);
    else if (this.#hls.autoLevelCapping === savingCap(sides)) this.#hls.autoLevelCapping = -1;
  }

  easeOff(): void {
    const [smallest] = this.#hls.levels;
    if (!this.#hls.autoLevelEnabled || !smallest || this.#hls.loadLevel === 0) return;
    this.#hls.bandwidthEstimate = smallest.maxBitrate;
    this.refresh();
  }

  async hasOtherRungs(): Promise<boolean> {
    if (!this.#multivariant) return false;
    return hasOtherRungs(this.#multivariant, await load(this.#url, this.#setUpRequest));
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

  get nowPositionS(): number | null {
    const details = this.#hls.latestLevelDetails;
    if (!this.isLive || !details) return null;
    const isLow = this.#hls.config.lowLatencyMode && details.partHoldBack > 0;
    return details.edge + details.age - (isLow ? details.partHoldBack : details.holdBack);
  }

  get isLive(): boolean {
    return this.#details?.live ?? false;
  }

  get qualities(): readonly Quality[] {
    return this.#hls.levels
      .map((level, index) => ({ index, height: Math.min(level.width, level.height) }))
      .filter(({ height }) => height > 0) // the sound alone
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
    return level ? Math.min(level.width, level.height) || null : null;
  }

  get #details(): LevelDetails | null {
    return this.#hls.levels[this.#hls.currentLevel]?.details ?? this.#hls.latestLevelDetails;
  }

  #lookForBroadcast(discontinuity: number): void {
    const before = this.#discontinuity;
    this.#discontinuity = discontinuity;
    if (before !== null && discontinuity > before) this.#events.onBroadcast();
  }

  #isListed({ level, sn }: Fragment, index: number): boolean {
    const parts = this.#hls.levels[level]?.details?.partList ?? [];
    return parts.some((part) => part.fragment.sn === sn && part.index === index);
  }

  #changed(): void {
    this.#spans = null;
    this.#events.onChange();
  }

  /** There is another edge to go on with (content steering): trying the same one again would cost the second that is buffered. */
  #tryOnce(): void {
    const { config } = this.#hls;
    const once = { errorRetry: null, timeoutRetry: null };
    for (const name of ['playlistLoadPolicy', 'fragLoadPolicy'] as const) config[name] = { default: { ...config[name].default, ...once } };
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

function textOf(request: unknown): string {
  return request instanceof XMLHttpRequest ? request.responseText : '';
}

/** Its text; empty when it cannot be had: the next look may. */
function load(url: string, setUp: HlsOptions['setUpRequest']): Promise<string> {
  const request = new XMLHttpRequest();
  return new Promise((resolve) => {
    request.timeout = LOAD_TIMEOUT_MS;
    request.onloadend = () => resolve(request.status === 200 ? request.responseText : '');
    const opened = setUp ? setUp(request, url) : Promise.resolve(request.open('GET', url));
    opened.then(() => request.send()).catch(() => resolve(''));
  });
}

/** Another site would have to allow the header with a request of its own for each address, so only this one is told. */
function xhrSetupOf({ setUpRequest, session }: HlsOptions) {
  if (!session) return setUpRequest ? { xhrSetup: setUpRequest } : {};
  const name = (request: XMLHttpRequest, url: string) => {
    if (new URL(url, location.href).origin !== location.origin) return;
    if (request.readyState === XMLHttpRequest.UNSENT) request.open('GET', url, true);
    request.setRequestHeader('CMCD-Session', `sid="${session}"`);
  };
  return {
    xhrSetup: setUpRequest ? async (request: XMLHttpRequest, url: string) => (await setUpRequest(request, url), name(request, url)) : name,
  };
}
