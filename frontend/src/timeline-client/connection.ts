/**
 * A show's timeline, followed by whatever gets through, back by itself each time from the position that was reached.
 * It knows frames and close codes, and nothing of the entries' meaning.
 */
import { CLOSE, type ClientFrame, type ServerFrame } from './entries.ts';
import { openTransport, type Transport, type TransportStart, type TransportKind } from './transports.ts';
import { browserEnvironment, type Socket, type Environment } from './environment.ts';

const PING_EVERY_MS = 20_000;
/** A connection that brings nothing for this long is dead, even if it is open. */
const SILENT_MAX_MS = 45_000;
const CONNECT_MAX_MS = 10_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;
const TOKEN_REFUSALS_MAX = 3;
const CLOCK_SAMPLES = 8;
/** So often in a row each way may fail before the next one is tried. */
const FAILURES_MAX: Record<TransportKind, number> = { socket: 2, stream: 2, ticks: 3 };
/** One that got through earlier is held on to for longer, some 15 s: it is the server that is away. */
const KNOWN_FAILURES_MAX = 6;
/** By this name a tab keeps which way got through, for its next page. */
const WAY_KEY = 'sf-way';
const NEXT_WAY: Record<TransportKind, TransportKind> = { socket: 'stream', stream: 'ticks', ticks: 'socket' };
/** Time until a WebSocket is tried again, and then ever more seldom. */
const PROBE_FIRST_MS = 60_000;
const PROBE_MAX_MS = 1_800_000;
/** A token is renewed this long before it runs out. */
const RENEW_BEFORE_MS = 90_000;
const RENEW_AGAIN_MS = 20_000;
/** When there is no room or too much was asked, coming back at once would not help anybody. */
const CROWDED_MS = 10_000;

export type ConnectionStatus = 'connecting' | 'open' | 'waiting' | 'stopped';

export interface ConnectionHandlers {
  /** The position to go on from, asked at each attempt. */
  position(): { after: number; epoch: string };
  /** The position in the personal stream; null when it is not followed. */
  own(): TransportStart['own'];
  /** `renew`: the last token was refused, or is about to run out. */
  token(renew: boolean): Promise<string | null>;
  /** For how long the present token is good; null: not known. */
  tokenLeftMs(): number | null;
  language: string;
  session: string;
  onFrame(frame: ServerFrame): void;
  onStatus(status: ConnectionStatus): void;
  onBanned(): void;
  /** The person may not watch this show, or no longer. */
  onNoRight(): void;
}

/** Half of it fixed, half of it chance: a server that restarts is not met by everyone in the same moment. */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + (ceiling / 2) * random;
}

export class Connection {
  readonly #url: string;
  readonly #handlers: ConnectionHandlers;
  readonly #env: Environment;
  #transport: Transport | null = null;
  #way: TransportKind;
  #knownWay: TransportKind | null;
  #status: ConnectionStatus = 'stopped';
  #attempt = 0;
  #failures = 0;
  #tokenRefusals = 0;
  #isBanned = false;
  /** Said by the server: come back after that, or at a random moment within that. */
  #retry: { afterMs?: number; withinMs?: number } = {};
  #timers = { retry: 0, ping: 0, silence: 0, token: 0, probe: 0 };
  #probe: Socket | null = null;
  #probeAfterMs = PROBE_FIRST_MS;
  #pingSentMs = 0;
  #clock: { offsetMs: number; roundTripMs: number }[] = [];
  #openings = 0;

  constructor(url: string, handlers: ConnectionHandlers, env: Environment = browserEnvironment) {
    this.#url = url;
    this.#handlers = handlers;
    this.#env = env;
    this.#knownWay = wayOf(env.recall(WAY_KEY));
    this.#way = this.#knownWay ?? 'socket';
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  get way(): TransportKind {
    return this.#way;
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
    this.#waitAndOpen(this.#backoff());
  }

  /** False: not this way, or not now. */
  send(frame: ClientFrame): boolean {
    return this.#status === 'open' && (this.#transport?.send(frame) ?? false);
  }

  /** The person has done something: news of it is theirs at once. */
  look(): void {
    this.#transport?.look();
  }

  /** Tell the server of a fresh token, or of another name in it, over the open connection. */
  async renewToken(renew: boolean): Promise<void> {
    this.#env.clearTimeout(this.#timers.token);
    const opening = this.#openings;
    try {
      const token = this.#isBanned ? null : await this.#handlers.token(renew);
      if (opening !== this.#openings) return;
      if (token) this.send({ type: 'token', token });
      this.#renewInTime();
    } catch {
      this.#timers.token = this.#env.setTimeout(() => void this.renewToken(true), RENEW_AGAIN_MS);
    }
  }

  async #open(): Promise<void> {
    this.#env.clearTimeout(this.#timers.retry);
    this.#setStatus('connecting');
    this.#openings += 1;
    const opening = this.#openings;
    let token: string | null = null;
    try {
      token = this.#isBanned ? null : await this.#handlers.token(this.#tokenRefusals > 0);
    } catch {
      // There is no token now. Public shows can be read without one; writing will give the reason.
    }
    if (opening !== this.#openings || this.#status !== 'connecting') return;
    this.#watch(CONNECT_MAX_MS);
    const { position, own, language, session } = this.#handlers;
    const start = { url: this.#url, token, position: position(), own: own(), language, session };
    this.#transport = openTransport(this.#way, start, this.#env, {
      onFrame: (frame) => this.#receive(frame),
      // A proxy that buffers answers, too: only a welcome is proof of the server.
      onAlive: () => this.#watch(this.#status === 'open' ? SILENT_MAX_MS : CONNECT_MAX_MS),
      onClosed: (code) => this.#closed(code),
    });
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcomed(frame.retry_ms);
        break;
      case 'pong':
        this.#tuneClock(Date.parse(frame.now));
        break;
      case 'retry':
        // A count without an end is newer than the welcome's.
        this.#retry = frame.after_ms === undefined ? { withinMs: frame.within_ms } : { afterMs: frame.after_ms };
        break;
      case 'problem':
        // The token was refused on the open connection.
        if (frame.id === '' && frame.status === 401) {
          this.#tokenRefusals += 1;
          this.reconnect();
          return;
        }
        break;
      default:
    }
    this.#handlers.onFrame(frame);
  }

  #welcomed(retryMs: number | undefined): void {
    this.#attempt = 0;
    this.#failures = 0;
    this.#tokenRefusals = 0;
    this.#knownWay = this.#way;
    this.#env.keep(WAY_KEY, this.#way);
    this.#watch(SILENT_MAX_MS);
    if (retryMs !== undefined) this.#retry = { withinMs: retryMs };
    this.#setStatus('open');
    if (this.#way === 'socket') this.#ping();
    else this.#probeLater();
    this.#renewInTime();
  }

  #ping(): void {
    this.#pingSentMs = this.#env.now();
    this.#transport?.send({ type: 'ping' });
    this.#timers.ping = this.#env.setTimeout(() => this.#ping(), PING_EVERY_MS);
  }

  #tuneClock(serverMs: number): void {
    const nowMs = this.#env.now();
    const roundTripMs = nowMs - this.#pingSentMs;
    this.#clock = [...this.#clock, { offsetMs: serverMs - (nowMs - roundTripMs / 2), roundTripMs }].slice(-CLOCK_SAMPLES);
  }

  #renewInTime(): void {
    const leftMs = this.#handlers.tokenLeftMs();
    this.#env.clearTimeout(this.#timers.token);
    if (leftMs === null || this.#isBanned) return;
    const inMs = Math.max(RENEW_AGAIN_MS, leftMs - RENEW_BEFORE_MS);
    this.#timers.token = this.#env.setTimeout(() => void this.renewToken(true), inMs);
  }

  #watch(ms: number): void {
    this.#env.clearTimeout(this.#timers.silence);
    this.#timers.silence = this.#env.setTimeout(() => this.#closed(CLOSE.lost), ms);
  }

  #closed(code: number): void {
    const wasOpen = this.#status === 'open';
    this.#drop();
    if (code === CLOSE.noShow || code === CLOSE.noRight) {
      this.#setStatus('stopped');
      if (code === CLOSE.noRight) this.#handlers.onNoRight();
      return;
    }
    if (code === CLOSE.token) {
      this.#tokenRefusals += 1;
      // A token that is refused again and again: go on reading without one.
      if (this.#tokenRefusals > TOKEN_REFUSALS_MAX) this.#isBanned = true;
    } else if (code === CLOSE.banned) {
      this.#isBanned = true;
      this.#handlers.onBanned();
    } else if (!wasOpen && (code < CLOSE.badFrame || (code === CLOSE.tooManyConnections && this.#way !== 'socket'))) {
      // A server that says why it refuses has been reached. But of the other ways there are fewer seats.
      this.#failed();
    }
    this.#waitAndOpen(this.#waitMs(code, wasOpen));
  }

  /** This way did not get through: after a few times the next one is tried, round and round. */
  #failed(): void {
    this.#failures += 1;
    if (this.#failures < (this.#way === this.#knownWay ? KNOWN_FAILURES_MAX : FAILURES_MAX[this.#way])) return;
    this.#failures = 0;
    this.#way = NEXT_WAY[this.#way];
  }

  #waitMs(code: number, wasOpen: boolean): number {
    const { afterMs, withinMs } = this.#retry;
    this.#retry = {};
    const backoff = this.#backoff();
    if (afterMs !== undefined) return afterMs;
    if (code === CLOSE.tooManyConnections || code === CLOSE.tooManyFrames) return CROWDED_MS + backoff;
    // Everyone was lost in this moment, it may be: the server has said over how long they are to come back.
    if (wasOpen && withinMs !== undefined && code !== CLOSE.token && code !== CLOSE.banned) return this.#env.random() * withinMs;
    return backoff;
  }

  #backoff(): number {
    const waitMs = backoffMs(this.#attempt, this.#env.random());
    this.#attempt += 1;
    return waitMs;
  }

  #waitAndOpen(waitMs: number): void {
    this.#setStatus('waiting');
    this.#timers.retry = this.#env.setTimeout(() => void this.#open(), waitMs);
  }

  /** A WebSocket is the better way: as soon as one gets through, it is taken. */
  #probeLater(): void {
    this.#timers.probe = this.#env.setTimeout(() => {
      const probe = this.#env.openSocket(this.#url.replace(/^http/, 'ws'));
      this.#probe = probe;
      const leave = (): void => {
        probe.onopen = probe.onclose = null;
        this.#probe = null;
      };
      probe.onopen = () => {
        leave();
        probe.close(1000);
        this.#way = 'socket';
        this.#failures = 0;
        this.#probeAfterMs = PROBE_FIRST_MS;
        this.#drop();
        void this.#open();
      };
      probe.onclose = () => {
        leave();
        this.#probeAfterMs = Math.min(PROBE_MAX_MS, this.#probeAfterMs * 2);
        this.#probeLater();
      };
    }, this.#probeAfterMs);
  }

  #drop(): void {
    this.#openings += 1;
    for (const timer of Object.values(this.#timers)) this.#env.clearTimeout(timer);
    this.#transport?.close();
    this.#transport = null;
    if (this.#probe) {
      this.#probe.onopen = this.#probe.onclose = null;
      this.#probe.close(1000);
      this.#probe = null;
    }
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#handlers.onStatus(status);
  }
}

function wayOf(kept: string | null): TransportKind | null {
  return kept === 'socket' || kept === 'stream' || kept === 'ticks' ? kept : null;
}
