/**
 * One WebSocket to a show's timeline that comes back by itself, each time from the position that was reached.
 * It knows frames and close codes; what the entries mean is none of its business.
 */
import { CLOSE, type ServerFrame } from './entries.ts';

const PING_EVERY_MS = 20_000;
/** No frame at all for this long means that the line is dead, whatever the socket says. */
const SILENT_MAX_MS = 45_000;
const CONNECT_MAX_MS = 10_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;
const TOKEN_REFUSALS_MAX = 3;
const CLOCK_SAMPLES = 8;

export type ConnectionStatus = 'connecting' | 'open' | 'waiting' | 'stopped';

/** The part of `WebSocket` that is used, so that a test can stand in for it. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** Time, chance and the network, as far as the connection needs them. */
export interface Surroundings {
  now(): number;
  random(): number;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(id: number): void;
  openSocket(url: string): Socket;
}

export interface ConnectionHandlers {
  /** Where to go on from, asked anew at each attempt. */
  position(): { after: number; epoch: string };
  /** `renew`: the last token was refused. */
  token(renew: boolean): Promise<string | null>;
  onFrame(frame: ServerFrame): void;
  onStatus(status: ConnectionStatus): void;
  onBanned(): void;
}

export const browserSurroundings: Surroundings = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, ms) => setTimeout(callback, ms) as unknown as number,
  clearTimeout: (id) => clearTimeout(id),
  openSocket: (url) => new WebSocket(url) as unknown as Socket,
};

/** Half of it fixed, half of it chance: a server that restarts is not met by everyone in the same moment. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}

export function webSocketUrl(url: string, base: string): string {
  const absolute = new URL(url, base);
  absolute.protocol = absolute.protocol.replace('http', 'ws');
  return absolute.href;
}

export class Connection {
  #url: string;
  #handlers: ConnectionHandlers;
  #env: Surroundings;
  #socket: Socket | null = null;
  #status: ConnectionStatus = 'stopped';
  #attempt = 0;
  #tokenRefusals = 0;
  #isBanned = false;
  #retryTimer = 0;
  #pingTimer = 0;
  #deadline = 0;
  #pingSentMs = 0;
  #clock: { offsetMs: number; roundTripMs: number }[] = [];

  constructor(url: string, handlers: ConnectionHandlers, env: Surroundings = browserSurroundings) {
    this.#url = url;
    this.#handlers = handlers;
    this.#env = env;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** Server clock minus ours, from the exchange that took the least time. */
  get clockOffsetMs(): number {
    const best = [...this.#clock].sort((a, b) => a.roundTripMs - b.roundTripMs)[0];
    return best?.offsetMs ?? 0;
  }

  start(): void {
    if (this.#status === 'stopped') void this.#open();
  }

  stop(): void {
    this.#drop();
    this.#setStatus('stopped');
  }

  /** Try at once (the network is back, the page is visible again) instead of sitting out the wait. */
  wake(): void {
    if (this.#status === 'waiting') void this.#open();
  }

  /** Leave and come back with the position as it is now. */
  reconnect(): void {
    if (this.#status === 'stopped') return;
    this.#drop();
    this.#waitAndOpen();
  }

  async #open(): Promise<void> {
    this.#env.clearTimeout(this.#retryTimer);
    this.#setStatus('connecting');
    let token: string | null = null;
    try {
      token = this.#isBanned ? null : await this.#handlers.token(this.#tokenRefusals > 0);
    } catch {
      // No token to be had now. Public shows can be read without one; writing will say what is wrong.
    }
    if (this.#status !== 'connecting' || this.#socket) return;
    const socket = this.#env.openSocket(this.#url);
    this.#socket = socket;
    this.#watch(CONNECT_MAX_MS);
    socket.onopen = () => {
      const { after, epoch } = this.#handlers.position();
      socket.send(JSON.stringify({ type: 'hello', ...(token ? { token } : {}), after, epoch }));
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(String(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#closed(event.code);
    };
  }

  #receive(data: string): void {
    const frame = JSON.parse(data) as ServerFrame;
    this.#watch(SILENT_MAX_MS);
    if (frame.type === 'welcome') {
      this.#attempt = 0;
      this.#tokenRefusals = 0;
      this.#setStatus('open');
      this.#ping();
    } else if (frame.type === 'pong') {
      this.#tuneClock(Date.parse(frame.now));
    }
    this.#handlers.onFrame(frame);
  }

  #ping(): void {
    this.#pingSentMs = this.#env.now();
    this.#socket?.send('{"type":"ping"}');
    this.#pingTimer = this.#env.setTimeout(() => this.#ping(), PING_EVERY_MS);
  }

  #tuneClock(serverMs: number): void {
    const nowMs = this.#env.now();
    const roundTripMs = nowMs - this.#pingSentMs;
    this.#clock = [...this.#clock, { offsetMs: serverMs - (nowMs - roundTripMs / 2), roundTripMs }].slice(-CLOCK_SAMPLES);
  }

  #watch(ms: number): void {
    this.#env.clearTimeout(this.#deadline);
    this.#deadline = this.#env.setTimeout(() => this.reconnect(), ms);
  }

  #closed(code: number): void {
    this.#drop();
    if (code === CLOSE.noShow) {
      this.#setStatus('stopped');
      return;
    }
    if (code === CLOSE.token) {
      this.#tokenRefusals += 1;
      // A token that is refused again and again: go on reading without one.
      if (this.#tokenRefusals > TOKEN_REFUSALS_MAX) this.#isBanned = true;
    }
    if (code === CLOSE.banned) {
      this.#handlers.onBanned();
      this.#isBanned = true;
    }
    this.#waitAndOpen();
  }

  #waitAndOpen(): void {
    this.#setStatus('waiting');
    const waitMs = backoffMs(this.#attempt, this.#env.random());
    this.#attempt += 1;
    this.#retryTimer = this.#env.setTimeout(() => void this.#open(), waitMs);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    for (const timer of [this.#retryTimer, this.#pingTimer, this.#deadline]) this.#env.clearTimeout(timer);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#handlers.onStatus(status);
  }
}
