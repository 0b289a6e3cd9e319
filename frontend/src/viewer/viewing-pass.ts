/**
 * Viewing passes: a part of the address of a show's media, good for some minutes. Everyone who may watch gets the same
 * one; a new one is asked for in time, and each request is sent with the newest.
 */
import type { Api } from '../api/client.ts';
import type { ViewingPass } from '../api/types.ts';
import { hlsEngine, type EngineEvents, type EngineFactory } from '../player/index.ts';
import { NativeEngine } from '../player/native-engine.ts';

/** Asked for anew this long before it runs out: more than a slow line needs, less than half of its shortest life. */
const RENEW_BEFORE_MS = 90_000;

export class Passes {
  readonly #api: Pick<Api, 'request'>;
  readonly #slug: string;
  readonly #now: () => number;
  #pass: ViewingPass | null;
  #asking: Promise<ViewingPass> | null = null;

  /** `now`: by the server's clock, which says when a pass runs out. */
  constructor(api: Pick<Api, 'request'>, slug: string, pass: ViewingPass | null, now: () => number) {
    this.#api = api;
    this.#slug = slug;
    this.#pass = pass;
    this.#now = now;
  }

  /** How long the newest pass is good. */
  get leftMs(): number {
    return this.#pass ? Date.parse(this.#pass.expires_at) - this.#now() : 0;
  }

  /** The same address with the newest pass. A pass that cannot be renewed yet is used as long as it is good. */
  async address(url: string): Promise<string> {
    const { leftMs } = this;
    if (leftMs > RENEW_BEFORE_MS && this.#pass) return withPass(url, this.#pass);
    try {
      return withPass(url, await this.#renew());
    } catch (error) {
      if (leftMs > 0 && this.#pass) return withPass(url, this.#pass);
      throw error;
    }
  }

  #renew(): Promise<ViewingPass> {
    this.#asking ??= this.#api
      .request<ViewingPass>(`/shows/${this.#slug}/pass`)
      .then((pass) => (this.#pass = pass))
      .finally(() => (this.#asking = null));
    return this.#asking;
  }
}

/** `/hls/<slug>/(pass/<old>/)<rest>` with this pass. */
function withPass(url: string, { hls_url }: ViewingPass): string {
  const folder = hls_url.slice(0, hls_url.lastIndexOf('/') + 1);
  return url.replace(/\/hls\/[^/]+\/(?:pass\/[^/]+\/)?/, folder);
}

/**
 * The browser's own HLS asks for its files by itself, and with the pass that it began with. Before that one runs out it
 * is given the next address, and goes on at the moment that it had come to.
 */
export class NativePassEngine extends NativeEngine {
  readonly #video: HTMLVideoElement;
  readonly #passes: Passes;
  readonly #events: EngineEvents;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(video: HTMLVideoElement, events: EngineEvents, passes: Passes) {
    super(video, events);
    this.#video = video;
    this.#passes = passes;
    this.#events = events;
  }

  override load(url: string, startS: number | null): void {
    this.#passes.address(url).then(
      (address) => {
        if (this.#isOver) return;
        super.load(address, startS);
        this.#renewLater(url);
      },
      () => this.#events.onFatal('no viewing pass'),
    );
  }

  override destroy(): void {
    this.#isOver = true;
    clearTimeout(this.#renewal);
    super.destroy();
  }

  #renewLater(url: string): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(url), Math.max(0, this.#passes.leftMs - RENEW_BEFORE_MS));
  }

  /** A pass that cannot be renewed is used to its end. */
  async #renew(url: string): Promise<void> {
    const address = await this.#passes.address(url).catch(() => null);
    if (this.#isOver || address === null || this.#passes.leftMs <= RENEW_BEFORE_MS) return;
    const video = this.#video;
    const { paused } = video;
    this.goOn(address);
    if (!paused) void video.play().catch(() => undefined); // a new address pauses
    this.#renewLater(url);
  }
}

interface PassOptions {
  slug: string;
  pass: ViewingPass | null;
  isPlain: boolean;
  session: string;
  now: () => number;
}

export function passEngine(api: Api, { slug, pass, isPlain, session, now }: PassOptions): Promise<EngineFactory> {
  const passes = new Passes(api, slug, pass, now);
  const setUpRequest = async (request: XMLHttpRequest, url: string) => request.open('GET', await passes.address(url));
  const native: EngineFactory = (video, events) => new NativePassEngine(video, events, passes);
  return hlsEngine({ setUpRequest, isPlain, session }, async () => native)();
}
