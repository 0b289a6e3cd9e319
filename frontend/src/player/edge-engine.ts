/**
 * The engine of the live edge: every picture comes by itself over a WebSocket as soon as it is made, and plays a quarter
 * of a second later. Where that does not work, it says so (`onFatal`), and the player goes on with HLS.
 */
import { EdgeBuffer, canPlay } from './edge-buffer.ts';
import { EdgePace } from './edge-pace.ts';
import type { EdgeOptions, Engine, EngineEvents, Quality } from './engine.ts';
import type { Span } from './picture-time.ts';

/** A server that has no answer for so long has none. */
const ANSWER_MAX_MS = 4_000;
const SILENCE_MAX_MS = 4_000;
const PING_EVERY_MS = 20_000;
/** A viewer token is good for a quarter of an hour. */
const TOKEN_EVERY_MS = 600_000;
const LOOK_EVERY_MS = 500;
/** A page that nobody sees or hears does not ask for pictures. */
const SLEEP_AFTER_MS = 10_000;
const RECONNECTS_MAX = 3;
const RECONNECTS_WITHIN_MS = 60_000;
/** A picture without a neighbour is left when so much follows it. */
const GAP_NEEDS_S = 0.1;
const CLOSE_ENDED = 1000;
/** These may be over with the next try: a restart, a lost line, a token that has run out. */
const CLOSES_FOR_NOW = [1001, 1005, 1006, 1012, 4401];

interface LiveFrame {
  type: 'live';
  number: number;
  rung: string;
  codecs: string;
  rungs: { name: string; height: number }[];
}

type Frame = LiveFrame | { type: 'off' | 'pong' | 'problem' };

export class EdgeEngine implements Engine {
  readonly keepsPace = true;
  readonly isStarved = false;
  readonly isSmallest = false; // the server looks after that
  readonly lineBps = 0;
  readonly neededBps = 0;
  isSaving = false; // a saving viewer has HLS
  readonly #video: HTMLVideoElement;
  readonly #events: EngineEvents;
  readonly #options: EdgeOptions;
  readonly #pace = new EdgePace();
  readonly #stop = new AbortController();
  readonly #media: EdgeBuffer;
  readonly #lookTimer: number;
  #socket: WebSocket | null = null;
  #reconnectTimer = 0;
  #reconnects: number[] = [];
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #tokenAtMs = 0;
  /** Nothing is on air. */
  #isOff = false;
  #unseenSinceMs: number | null = null;
  #isAsleep = false;
  #isOver = false;
  #hasAnswer = false;
  #hasBegun = false;
  #live: LiveFrame | null = null;
  /** The next binary frame is an init segment. */
  #awaitsInit = false;
  #chosen = -1;

  constructor(video: HTMLVideoElement, events: EngineEvents, options: EdgeOptions) {
    this.#video = video;
    this.#events = events;
    this.#options = options;
    this.#media = new EdgeBuffer(video, { onAppended: () => this.#keepPlace(), onError: (reason) => this.#fail(reason) });
    const { signal } = this.#stop;
    video.addEventListener('waiting', () => this.#stalled(), { signal });
    video.addEventListener('error', () => this.#fail(video.error?.message ?? 'error'), { signal });
    video.addEventListener('play', () => this.#look(), { signal });
    document.addEventListener('visibilitychange', () => this.#look(), { signal });
    addEventListener('pageshow', () => this.#look(), { signal });
    this.#lookTimer = window.setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  load(): void {
    this.#connect();
  }

  refresh(): void {
    if (!this.#socket) this.#connect();
  }

  easeOff(): void {}

  hasOtherRungs(): Promise<boolean> {
    return Promise.resolve(false); // they come by themselves
  }

  destroy(): void {
    this.#stop.abort();
    clearInterval(this.#lookTimer);
    this.#disconnect();
    this.#media.destroy();
  }

  get spans(): readonly Span[] {
    return this.#media.spans;
  }

  get isLive(): boolean {
    return true;
  }

  get livePositionS(): number | null {
    const { buffered } = this.#video;
    return buffered.length > 0 ? buffered.end(buffered.length - 1) - this.#pace.targetS : null;
  }

  get nowPositionS(): number | null {
    return this.livePositionS;
  }

  get qualities(): readonly Quality[] {
    return (this.#live?.rungs ?? []).map(({ height }, index) => ({ index, height }));
  }

  get quality(): number {
    return this.#chosen;
  }

  set quality(index: number) {
    this.#chosen = index;
    this.#say({ type: 'rung', name: this.#live?.rungs[index]?.name ?? null });
  }

  get playingHeight(): number | null {
    return this.#live?.rungs.find(({ name }) => name === this.#live?.rung)?.height ?? null;
  }

  // --- the connection

  #connect(): void {
    clearTimeout(this.#reconnectTimer);
    this.#isAsleep = false;
    this.#hasAnswer = false;
    this.#heardAtMs = performance.now();
    let socket: WebSocket;
    try {
      socket = new WebSocket(new URL(this.#options.url, location.href).href.replace(/^http/, 'ws'));
    } catch (error) {
      this.#fail(String(error)); // forbidden by a policy
      return;
    }
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => void this.#greet(socket);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#heard(data);
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  #disconnect(): void {
    clearTimeout(this.#reconnectTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  async #greet(socket: WebSocket): Promise<void> {
    const height = Math.min(this.#video.clientWidth, this.#video.clientHeight) * devicePixelRatio;
    try {
      const token = await this.#options.token();
      this.#tokenAtMs = performance.now();
      const hello = { type: 'hello', token, preview: this.#options.isPreview ?? false, ...(this.#options.session ? { sid: this.#options.session } : {}) };
      if (socket === this.#socket) this.#say(height > 0 ? { ...hello, height: Math.ceil(height) } : hello);
    } catch {
      if (socket === this.#socket) this.#fail('no token');
    }
  }

  #say(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #heard(data: string | ArrayBuffer): void {
    this.#heardAtMs = performance.now();
    if (typeof data !== 'string') {
      if (this.#awaitsInit && this.#live) this.#media.init(data, this.#live.codecs, this.#live.number);
      else this.#media.append(data);
      this.#awaitsInit = false;
      return;
    }
    const frame = JSON.parse(data) as Frame;
    if (frame.type === 'live') {
      this.#begin(frame);
    } else if (frame.type === 'off') {
      this.#hasAnswer = true;
      this.#isOff = true;
    }
  }

  #begin(frame: LiveFrame): void {
    this.#hasAnswer = true;
    this.#isOff = false;
    this.#awaitsInit = true;
    this.#live = frame;
    if (canPlay(frame.codecs)) this.#events.onChange();
    else this.#fail(`${frame.codecs} cannot be played`);
  }

  #closed(code: number, reason: string): void {
    this.#socket = null;
    if (code === CLOSE_ENDED) {
      this.#isOver = true;
      this.#media.end();
      return;
    }
    const wasIn = this.#hasAnswer;
    if (!wasIn || !CLOSES_FOR_NOW.includes(code)) this.#fail(`${code} ${reason}`);
    else this.#reconnect();
  }

  #reconnect(): void {
    const now = performance.now();
    this.#reconnects = [...this.#reconnects.filter((atMs) => now - atMs < RECONNECTS_WITHIN_MS), now];
    if (this.#reconnects.length > RECONNECTS_MAX) {
      this.#fail('the connection was lost too often');
      return;
    }
    this.#disconnect();
    this.#reconnectTimer = window.setTimeout(() => this.#connect(), 300 * 2 ** (this.#reconnects.length - 1) * (0.5 + Math.random()));
  }

  #fail(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#disconnect();
    this.#events.onFatal(reason);
  }

  // --- the picture's place

  /** Called with every picture. */
  #keepPlace(): void {
    const { currentTime, buffered, paused, seeking } = this.#video;
    const last = buffered.length - 1;
    if (last < 0 || seeking) return;
    const [startS, endS] = [buffered.start(last), buffered.end(last)];
    const hasGap = currentTime < startS;
    if (!this.#hasBegun || (hasGap && endS - startS > GAP_NEEDS_S)) {
      this.#hasBegun = true;
      this.#video.currentTime = Math.max(startS, endS - this.#pace.targetS);
      return;
    }
    if (paused || hasGap) return;
    const { speed, jumpS } = this.#pace.move(endS - currentTime, performance.now() / 1000);
    if (jumpS > 0) this.#video.currentTime = currentTime + jumpS;
    if (Math.abs(this.#video.playbackRate - speed) > 0.004) this.#video.playbackRate = speed;
  }

  #stalled(): void {
    if (!this.#hasBegun || this.#isOver || this.#video.seeking || this.#isOff || this.#unseenSinceMs !== null) return;
    if (this.#pace.stalled(performance.now() / 1000)) this.#fail('it stalls too often');
  }

  /** Look after the connection: now and then, and whenever the page is seen again. */
  #look(): void {
    const now = performance.now();
    if (this.#isOver) return;
    const isUnseen = this.#video.paused || (document.hidden && this.#video.muted);
    this.#unseenSinceMs = isUnseen ? (this.#unseenSinceMs ?? now) : null;
    if (this.#isAsleep) {
      if (!isUnseen) this.#connect();
      return;
    }
    if (this.#unseenSinceMs !== null && this.#hasBegun && now - this.#unseenSinceMs > SLEEP_AFTER_MS) {
      this.#isAsleep = true;
      this.#disconnect();
      return;
    }
    this.#lookAtConnection(now);
    this.#media.trim();
  }

  #lookAtConnection(now: number): void {
    if (!this.#socket) return;
    const silentMs = now - this.#heardAtMs;
    if (!this.#hasAnswer) {
      if (silentMs > ANSWER_MAX_MS) this.#fail('no answer');
    } else if (!this.#isOff && silentMs > SILENCE_MAX_MS) {
      this.#reconnect(); // a phone that was suspended, a network that was left
      return;
    }
    if (now - this.#pingedAtMs > PING_EVERY_MS) {
      this.#pingedAtMs = now;
      this.#say({ type: 'ping' });
    }
    if (now - this.#tokenAtMs > TOKEN_EVERY_MS) {
      this.#tokenAtMs = now;
      void this.#options.token().then(
        (token) => this.#say({ type: 'token', token }),
        () => undefined, // the server ends the connection in time
      );
    }
  }
}
