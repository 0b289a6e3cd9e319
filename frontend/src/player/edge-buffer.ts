/** The media buffer of the live edge: init segments and fragments are appended in order, and what is old is removed. */
import { EdgeSpans, stampOf } from './edge-fragment.ts';

/** Kept behind the picture, in seconds; more is removed now and then. */
const KEEP_S = 6;
const TRIM_FROM_S = 12;
/** More than this waits only where nothing is taken any more. */
const WAITING_MAX_BYTES = 24 << 20;

/** Safari on phones has this one alone. */
const Source: typeof MediaSource | undefined =
  (globalThis as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource ?? globalThis.MediaSource;

interface Init {
  data: ArrayBuffer;
  type: string;
  /** Counts the encoder's runs: each begins at zero. */
  run: number;
}

export function canPlay(codecs: string): boolean {
  return Source?.isTypeSupported(typeOf(codecs)) ?? false;
}

function typeOf(codecs: string): string {
  return `video/mp4; codecs="${codecs}"`;
}

export interface EdgeBufferEvents {
  /** Something was appended. */
  onAppended(): void;
  onError(reason: string): void;
}

export class EdgeBuffer {
  readonly #video: HTMLVideoElement;
  readonly #events: EdgeBufferEvents;
  readonly #source: MediaSource;
  readonly #address: string;
  readonly #spans = new EdgeSpans();
  #buffer: SourceBuffer | null = null;
  #waiting: (Init | ArrayBuffer)[] = [];
  #waitingBytes = 0;
  #type = '';
  #run = -1;
  #offsetS = 0;
  #isOver = false;

  constructor(video: HTMLVideoElement, events: EdgeBufferEvents) {
    if (!Source) throw new Error('no Media Source Extensions');
    this.#video = video;
    this.#events = events;
    this.#source = new Source();
    this.#source.addEventListener('sourceopen', () => this.#next());
    this.#address = URL.createObjectURL(this.#source);
    video.src = this.#address;
  }

  get spans(): EdgeSpans['spans'] {
    return this.#spans.spans;
  }

  /** What follows is of this init segment. */
  init(data: ArrayBuffer, codecs: string, run: number): void {
    this.#put({ data, type: typeOf(codecs), run });
  }

  append(data: ArrayBuffer): void {
    this.#put(data);
  }

  /** Nothing more comes: what is there is played to its end. */
  end(): void {
    this.#isOver = true;
    this.#next();
  }

  /** Remove what is far behind the picture. */
  trim(): void {
    const { buffered, currentTime } = this.#video;
    const startS = buffered.length > 0 ? buffered.start(0) : currentTime;
    if (currentTime - startS > TRIM_FROM_S) this.#remove(currentTime - KEEP_S);
  }

  destroy(): void {
    URL.revokeObjectURL(this.#address);
    this.#waiting = [];
    this.#buffer = null;
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #put(item: Init | ArrayBuffer): void {
    this.#waiting.push(item);
    this.#waitingBytes += item instanceof ArrayBuffer ? item.byteLength : 0;
    if (this.#waitingBytes > WAITING_MAX_BYTES) this.#events.onError('the browser takes no media');
    else this.#next();
  }

  get #isReady(): boolean {
    return this.#source.readyState === 'open' && !this.#buffer?.updating;
  }

  #next(): void {
    const [item] = this.#waiting;
    if (!this.#isReady) return;
    if (item === undefined) {
      if (this.#isOver) this.#source.endOfStream();
      return;
    }
    try {
      if (item instanceof ArrayBuffer) this.#appendFragments();
      else this.#begin(item);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError') this.#makeRoom();
      else this.#events.onError(String(error));
    }
  }

  #begin({ data, type, run }: Init): void {
    if (!this.#buffer) {
      this.#buffer = this.#source.addSourceBuffer(type);
      this.#buffer.addEventListener('updateend', () => {
        this.#events.onAppended();
        this.#next();
      });
      this.#buffer.addEventListener('error', () => this.#events.onError('the media cannot be decoded'));
    } else if (type !== this.#type) {
      this.#buffer.changeType(type);
    }
    this.#type = type;
    if (run !== this.#run) {
      const { buffered } = this.#video;
      this.#offsetS = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
      this.#run = run;
    }
    this.#buffer.timestampOffset = this.#offsetS;
    this.#buffer.appendBuffer(data);
    this.#waiting.shift();
  }

  /** Append all fragments that wait before the next init segment, in one piece. */
  #appendFragments(): void {
    const until = this.#waiting.findIndex((item) => !(item instanceof ArrayBuffer));
    const fragments = this.#waiting.slice(0, until < 0 ? undefined : until) as ArrayBuffer[];
    this.#buffer?.appendBuffer(joined(fragments));
    this.#waiting.splice(0, fragments.length);
    for (const fragment of fragments) {
      this.#waitingBytes -= fragment.byteLength;
      const stamp = stampOf(fragment);
      if (stamp) this.#spans.add(stamp.mediaS + this.#offsetS, stamp.pictureMs);
    }
  }

  #makeRoom(): void {
    if (!this.#remove(this.#video.currentTime - 1)) this.#events.onError('there is no room for media');
  }

  #remove(untilS: number): boolean {
    const { buffered } = this.#video;
    if (!this.#buffer || !this.#isReady || buffered.length === 0 || buffered.start(0) >= untilS) return false;
    this.#spans.trim(untilS);
    this.#buffer.remove(0, untilS);
    return true;
  }
}

function joined(pieces: readonly ArrayBuffer[]): ArrayBuffer {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(new Uint8Array(piece), at);
    at += piece.byteLength;
  }
  return whole.buffer;
}
