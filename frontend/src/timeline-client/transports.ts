/**
 * The three ways in which a timeline reaches a client, all with the same frames: a WebSocket, server-sent events where
 * no WebSocket gets through, and ticks over plain GET where nothing that stays open does.
 */
import type { Problem } from '../api/types.ts';
import { CLOSE, type Batch, type ClientFrame, type Position, type ServerFrame } from './entries.ts';
import type { Socket, Environment } from './environment.ts';

/** Entries in a range of the server's. */
export const RANGE_ENTRIES = 500;
/** A client that is farther behind fetches a snapshot: it is less than the missing entries. */
const CATCH_UP_MAX = 4 * RANGE_ENTRIES;
/** Longer than the server blocks a request for a tick in which nothing happens. */
const TICK_MAX_MS = 40_000;
const REQUEST_MAX_MS = 15_000;
const PRIVATE_EVERY_MS = 15_000;
const NOT_YET_MS = 1_000;

export type TransportKind = 'socket' | 'stream' | 'ticks';

/** A way that is open, or being opened. */
export interface Transport {
  /** False: nothing can be sent this way, now or ever. */
  send(frame: ClientFrame): boolean;
  /** The person has sent a command: look for personal news, where it does not come by itself. */
  look(): void;
  /** Ends it; its handlers are not called any more. */
  close(): void;
}

export interface TransportHandlers {
  onFrame(frame: ServerFrame): void;
  /** Something came, if only a sign of life. */
  onAlive(): void;
  /** It is over; called once. */
  onClosed(code: number): void;
}

export interface TransportStart {
  /** Of the timeline, absolute, with `http(s):`. */
  url: string;
  token: string | null;
  position: { after: number; epoch: string };
  /** The last known entry of the person's own stream, where there is one to be followed. */
  own: { after?: number; seen?: string } | null;
  language: string;
  /** The name that the player gives its requests for media; empty for none. */
  session: string;
}

export function openTransport(way: TransportKind, start: TransportStart, env: Environment, handlers: TransportHandlers): Transport {
  switch (way) {
    case 'socket':
      return new SocketTransport(start, env, handlers);
    case 'stream':
      return new StreamTransport(start, env, handlers);
    case 'ticks':
      return new TickTransport(start, env, handlers);
  }
}

class SocketTransport implements Transport {
  readonly #socket: Socket;
  #isOpen = false;

  constructor(start: TransportStart, env: Environment, handlers: TransportHandlers) {
    const socket = env.openSocket(start.url.replace(/^http/, 'ws'));
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      this.send(helloOf(start));
    };
    socket.onmessage = (event) => {
      handlers.onAlive();
      handlers.onFrame(JSON.parse(String(event.data)) as ServerFrame);
    };
    socket.onclose = (event) => {
      this.#silence();
      handlers.onClosed(event.code);
    };
  }

  send(frame: ClientFrame): boolean {
    if (this.#isOpen) this.#socket.send(JSON.stringify(frame));
    return this.#isOpen;
  }

  look(): void {
    // It is pushed.
  }

  close(): void {
    this.#silence();
    this.#socket.close(1000);
  }

  #silence(): void {
    this.#isOpen = false;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
  }
}

function helloOf({ token, position, own, language, session }: TransportStart): ClientFrame {
  return {
    type: 'hello',
    ...(token ? { token } : {}),
    ...position,
    ...(token && own ? { private: own } : {}),
    ...(language ? { language } : {}),
    ...(session ? { sid: session } : {}),
  };
}

/** The common part of the two transports over HTTP: requests that can be aborted. */
abstract class HttpTransport implements Transport {
  protected readonly start: TransportStart;
  protected readonly handlers: TransportHandlers;
  readonly #env: Environment;
  readonly #abort = new AbortController();

  constructor(start: TransportStart, env: Environment, handlers: TransportHandlers) {
    this.start = start;
    this.handlers = handlers;
    this.#env = env;
    // Not before the transport is constructed, with the fields of its class.
    queueMicrotask(() => void this.#run());
  }

  send(): boolean {
    return false;
  }

  look(): void {
    // It is pushed.
  }

  close(): void {
    this.#abort.abort();
  }

  /** Follows until the server ends it; throws when it can't be followed this way. */
  protected abstract follow(): Promise<void>;

  async #run(): Promise<void> {
    if (this.isClosed) return;
    let code: number = CLOSE.lost;
    try {
      await this.follow();
    } catch (error) {
      if (error instanceof Refusal) code = error.code;
    }
    if (this.#abort.signal.aborted) return;
    this.close();
    this.handlers.onClosed(code);
  }

  protected emit(frame: ServerFrame): void {
    if (!this.#abort.signal.aborted) this.handlers.onFrame(frame);
  }

  /** A successful answer; throws `Refusal`, or the network's error. */
  protected async get(path: string, accept = 'application/json', maxMs: number | null = REQUEST_MAX_MS): Promise<Response> {
    const { token, url, language } = this.start;
    const headers: Record<string, string> = { Accept: accept };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    if (language) headers['Accept-Language'] = language;
    const given = new AbortController();
    const give = (): void => given.abort();
    this.#abort.signal.addEventListener('abort', give);
    const timer = maxMs === null ? 0 : this.#env.setTimeout(give, maxMs);
    try {
      const response = await this.#env.fetch(url + path, { headers, credentials: 'omit', signal: given.signal });
      if (!response.ok) throw new Refusal(response.status, await codeIn(response));
      this.handlers.onAlive();
      return response;
    } finally {
      if (timer) this.#env.clearTimeout(timer);
      if (maxMs !== null) this.#abort.signal.removeEventListener('abort', give);
    }
  }

  protected async json<T>(path: string, maxMs?: number): Promise<T> {
    return (await (await this.get(path, 'application/json', maxMs)).json()) as T;
  }

  /** Wait for this time, or until the transport ends. */
  protected wait(ms: number): { over: Promise<void>; end: () => void } {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      const timer = this.#env.setTimeout(resolve, ms);
      end = (): void => {
        this.#env.clearTimeout(timer);
        resolve();
      };
    });
    return { over, end };
  }

  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }
}

/** An answer that says no. */
class Refusal extends Error {
  readonly status: number;
  readonly #isForOthers: boolean;

  /** `code`: of the problem in the answer. */
  constructor(status: number, code = '') {
    super(`refused with ${status}`);
    this.status = status;
    this.#isForOthers = code === 'no-right';
  }

  /** As the WebSocket would say it. */
  get code(): number {
    if (this.#isForOthers) return CLOSE.noRight;
    const codes: Record<number, number> = {
      401: CLOSE.token,
      403: CLOSE.banned,
      404: CLOSE.noShow,
      429: CLOSE.tooManyFrames,
      503: CLOSE.tooManyConnections,
    };
    return codes[this.status] ?? CLOSE.lost;
  }
}

/** The code of the problem in an answer; empty where it cannot be read. */
async function codeIn(response: Response): Promise<string> {
  try {
    return ((await response.json()) as Partial<Problem>).code ?? '';
  } catch {
    return '';
  }
}

/** By `fetch`, not `EventSource`, which could carry no token. */
class StreamTransport extends HttpTransport {
  protected override async follow(): Promise<void> {
    const { token, own } = this.start;
    const { after, epoch } = this.start.position;
    const query = new URLSearchParams({
      after: String(after),
      ...(epoch ? { epoch } : {}),
      ...(token && own ? { private: String(own.after ?? 0) } : {}),
    });
    const response = await this.get(`?${query.toString()}`, 'text/event-stream', null);
    const reader = response.body?.getReader();
    if (!reader) throw new Error('an answer without a body');
    const events = new EventReader((frame) => this.#take(frame));
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.isClosed) return;
      this.handlers.onAlive();
      events.read(decoder.decode(value, { stream: true }));
    }
  }

  #take(frame: ServerFrame | { type: 'close'; code: number }): void {
    if (frame.type !== 'close') return this.emit(frame);
    if (this.isClosed) return;
    this.close();
    this.handlers.onClosed(frame.code);
  }
}

/** Reads server-sent events piece by piece: `data` is a frame, `retry` when to come back. */
export class EventReader {
  readonly #onFrame: (frame: ServerFrame) => void;
  #rest = '';

  constructor(onFrame: (frame: ServerFrame) => void) {
    this.#onFrame = onFrame;
  }

  read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data: ')) this.#onFrame(JSON.parse(line.slice(6)) as ServerFrame);
      else if (line.startsWith('retry: ')) this.#onFrame({ type: 'retry', after_ms: Number(line.slice(7)) });
    }
  }
}

/**
 * Reads tick after tick; the next one blocks until it is closed. Missing entries before it come by ranges. Ticks are the
 * same for everyone: the personal stream is asked for beside them.
 */
class TickTransport extends HttpTransport {
  #isToLook = false;
  #endPause: () => void = () => undefined;

  override look(): void {
    this.#isToLook = true;
    this.#endPause();
  }

  override close(): void {
    super.close();
    this.#endPause();
  }

  protected override async follow(): Promise<void> {
    const head = await this.json<Position>('');
    this.emit({ type: 'welcome', seq: head.seq, epoch: head.epoch, tick: head.tick, now: head.now });
    void this.#followOwn();
    await this.#catchUp(head);
    let missed = 0;
    for (let next = head.tick + 1; !this.isClosed; ) {
      try {
        this.emit(await this.json<ServerFrame>(`/ticks/${next}`, TICK_MAX_MS));
        next += 1;
        missed = 0;
      } catch (error) {
        // "Not yet": another process is a little ahead of the one that was asked.
        missed += 1;
        if (!(error instanceof Refusal) || error.status !== 404 || missed > 5) throw error;
        await this.wait(NOT_YET_MS).over;
      }
    }
  }

  async #followOwn(): Promise<void> {
    const { token, own } = this.start;
    if (!token || !own) return;
    let after = own.after ?? 0;
    while (!this.isClosed) {
      this.#isToLook = false;
      let isMore = false;
      try {
        const batch = await this.json<{ type: 'private'; more?: boolean } & Batch>(`/private?after=${after}`);
        isMore = batch.more === true && batch.to > after;
        after = batch.to;
        if (batch.entries.length > 0) this.emit(batch);
      } catch {
        // Asked again after the pause.
      }
      if (isMore || this.#isToLook || this.isClosed) continue;
      const pause = this.wait(PRIVATE_EVERY_MS);
      this.#endPause = pause.end;
      await pause.over;
    }
  }

  async #catchUp(head: Position): Promise<void> {
    let { after } = this.start.position;
    const isKnown = this.start.position.epoch === head.epoch && after <= head.seq && head.seq - after <= CATCH_UP_MAX;
    if (!isKnown) {
      const snapshot = await this.json<{ timeline: { seq: number } }>('/snapshot');
      this.emit({ type: 'snapshot', snapshot });
      after = snapshot.timeline.seq;
    }
    while (after < head.seq && !this.isClosed) {
      const range = await this.json<Batch>(`/ranges/${head.epoch}/${Math.floor(after / RANGE_ENTRIES)}`);
      if (range.to <= after) throw new Error('a range that does not go on');
      this.emit({ type: 'entries', from: range.from, to: range.to, entries: range.entries });
      after = range.to;
    }
  }
}
