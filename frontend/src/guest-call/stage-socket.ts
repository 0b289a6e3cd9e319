/** The stage's WebSocket: it says hello, pings, and connects again by itself. No elements here. */
import { newKey } from '../api/client.ts';
import type { StageFrame } from './signals.ts';

/** `taken`: another page has this place now. `refused`: there is no place for this page (any more). */
export type SocketState = 'off' | 'connecting' | 'open' | 'lost' | 'taken' | 'refused';

export interface SocketHooks {
  /** A studio's `{token}`, or a guest's `{seat}`. */
  hello: () => Promise<Readonly<Record<string, string>>>;
  heard: (frame: StageFrame) => void;
  changed: () => void;
}

const PING_EVERY_MS = 4000; // the server cuts who is silent for 15 s
const ANSWER_MAX_MS = 10_000;
/** A staff's token is good for a quarter of an hour. */
const TOKEN_EVERY_MS = 600_000;
const PAUSES_MS = [300, 1000, 2000, 4000, 8000];
const CLOSED_TAKEN = 4503;
const CLOSES_FOR_GOOD = new Set([4401, 4402, 4403, 4404]);

export class StageSocket {
  state: SocketState = 'off';
  /** The other side tells a page that was loaded again by it. */
  readonly page = newKey();
  readonly #url: string;
  readonly #hooks: SocketHooks;
  #socket: WebSocket | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #tokenAt = 0;

  constructor(slug: string, hooks: SocketHooks) {
    this.#url = new URL(`/timeline/${encodeURIComponent(slug)}/stage`, location.href).href.replace(/^http/, 'ws');
    this.#hooks = hooks;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  open(): void {
    if (this.#socket) return;
    this.#tries = 0;
    this.#connect();
  }

  close(): void {
    this.#drop();
    this.#become('off');
  }

  say(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Come in anew, as a page that was just loaded. */
  again(): void {
    if (this.state === 'off') return;
    this.#drop();
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#become('connecting');
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.addEventListener('open', () => void this.#greet(socket));
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      if (this.#socket === socket) this.#take(JSON.parse(event.data) as StageFrame);
    });
    socket.addEventListener('close', (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    });
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS);
  }

  async #greet(socket: WebSocket): Promise<void> {
    try {
      const who = await this.#hooks.hello();
      this.#tokenAt = Date.now();
      if (this.#socket === socket) this.say({ type: 'hello', page: this.page, ...who });
    } catch {
      socket.close(); // the server does not answer now
    }
  }

  #take(frame: StageFrame): void {
    this.#heardAt = Date.now();
    if (frame.type === 'welcome') {
      this.#tries = 0;
      this.#become('open');
    }
    this.#hooks.heard(frame);
  }

  /** A line that is dead without a word is found by its silence. */
  #ping(): void {
    if (Date.now() - this.#heardAt > ANSWER_MAX_MS) {
      this.#closed(0);
      return;
    }
    this.say({ type: 'ping' });
    if (this.isOpen && Date.now() - this.#tokenAt > TOKEN_EVERY_MS) void this.#renew();
  }

  async #renew(): Promise<void> {
    this.#tokenAt = Date.now();
    const { token } = await this.#hooks.hello().catch((): Record<string, string> => ({}));
    if (token) this.say({ type: 'token', token });
  }

  #closed(code: number): void {
    this.#drop();
    if (code === CLOSED_TAKEN) return this.#become('taken');
    // A token that has run out is worth one more try, with a fresh one.
    if (CLOSES_FOR_GOOD.has(code) && (code !== 4401 || this.#tries > 0)) return this.#become('refused');
    const pause = PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)] ?? 0;
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#connect(), pause);
    this.#become('lost');
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#pings);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #become(state: SocketState): void {
    if (this.state === state) return;
    this.state = state;
    this.#hooks.changed();
  }
}
