/** The browser's own HLS. It tells the date of media time zero (`getStartDate`) and chooses qualities by itself. */
import type { Engine, EngineEvents } from './engine.ts';
import { hasOtherCaptions, hasOtherRungs } from './ladder.ts';
import type { Span } from './picture-time.ts';

interface DatedVideo extends HTMLVideoElement {
  getStartDate?(): Date;
}

/** How far from the edge the browser plays when it is left alone. */
const LIVE_DISTANCE_S = 3;
/** A viewer this close to the edge follows the live picture. */
const AT_EDGE_S = 10;
const LOAD_TIMEOUT_MS = 5_000;

export class NativeEngine implements Engine {
  readonly qualities = [];
  readonly playingHeight = null;
  readonly isStarved = false; // it looks after that by itself
  readonly isSmallest = false; // the same: it goes on with the sound alone by itself
  readonly lineBps = 0;
  readonly neededBps = 0;
  readonly keepsPace = false;
  quality = -1;
  isSaving = false; // it chooses by itself, and knows whether the device saves data
  #video: DatedVideo;
  #stop = new AbortController();
  #url = '';
  #multivariant: Promise<string> = Promise.resolve('');
  #spans: readonly Span[] = [];

  constructor(video: HTMLVideoElement, events: EngineEvents) {
    this.#video = video;
    this.#video.disableRemotePlayback = false; // what the browser plays by itself, it can play on other devices
    const { signal } = this.#stop;
    for (const name of ['loadedmetadata', 'durationchange', 'progress']) {
      video.addEventListener(name, () => events.onChange(), { signal });
    }
    video.addEventListener('error', () => events.onFatal(video.error?.message ?? 'error'), { signal });
  }

  load(url: string, startS: number | null): void {
    this.#open(url);
    if (startS !== null) {
      const { signal } = this.#stop;
      this.#video.addEventListener('loadedmetadata', () => (this.#video.currentTime = startS), { once: true, signal });
    }
  }

  /** Go on at another address of the same media: at the live edge, or at the moment that has been come to. */
  goOn(url: string): void {
    const { currentTime } = this.#video;
    const [before] = this.spans;
    const isAtEdge = (this.livePositionS ?? Number.POSITIVE_INFINITY) - currentTime < AT_EDGE_S;
    this.#open(url);
    if (isAtEdge) return;
    const goTo = () => {
      const [after] = this.spans;
      // The clock of a live playlist begins where it was loaded; its dates say where that is.
      const movedS = before && after ? (before.pdtMs - after.pdtMs) / 1000 : 0;
      this.#video.currentTime = currentTime + movedS;
    };
    this.#video.addEventListener('loadedmetadata', goTo, { once: true, signal: this.#stop.signal });
  }

  #open(url: string): void {
    this.#url = url;
    this.#video.src = url;
    this.#multivariant = load(url);
  }

  easeOff(): void {}

  async hasOtherRungs(): Promise<boolean> {
    const [before, now] = [await this.#multivariant, await load(this.#url)];
    return hasOtherRungs(before, now) || hasOtherCaptions(before, now);
  }

  refresh(): void {
    this.load(this.#url, null);
  }

  destroy(): void {
    this.#stop.abort();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  get spans(): readonly Span[] {
    const pdtMs = this.#video.getStartDate?.().getTime() ?? Number.NaN;
    const { seekable } = this.#video;
    if (Number.isNaN(pdtMs) || seekable.length === 0) return [];
    const durationS = seekable.end(seekable.length - 1);
    const [known] = this.#spans;
    if (known?.pdtMs !== pdtMs || known.durationS !== durationS) this.#spans = [{ startS: 0, durationS, pdtMs }];
    return this.#spans;
  }

  get isLive(): boolean {
    return this.#video.duration === Number.POSITIVE_INFINITY;
  }

  get livePositionS(): number | null {
    const { seekable } = this.#video;
    return this.isLive && seekable.length > 0 ? seekable.end(seekable.length - 1) - LIVE_DISTANCE_S : null;
  }

  get nowPositionS(): number | null {
    return this.livePositionS;
  }
}

/** Its text; empty when it cannot be had: the next look may. */
async function load(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(LOAD_TIMEOUT_MS) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
