/**
 * A timeline, followed: the document that its entries make, from a snapshot on, without a gap and nothing twice, over
 * whatever transport gets through. The reducer knows the entries' meaning; so a show, its backstage or anything
 * else with a timeline is followed by the same code.
 */
import { ApiError, newKey } from '../api/client.ts';
import type { Problem } from '../api/types.ts';
import { Connection, type ConnectionStatus } from './connection.ts';
import type { Batch, CommandFrame, ServerFrame } from './entries.ts';
import type { TransportKind } from './transports.ts';
import { Outbox, type Ack } from './outbox.ts';
import { NOTHING_OWN, applyOwn, type OwnState } from './own-state.ts';
import { browserEnvironment, type Environment } from './environment.ts';

const POST_MAX_MS = 15_000;

export interface Followed {
  readonly seq: number;
  readonly epoch: string;
}

export interface Reducer<Doc extends Followed> {
  /** The document of a snapshot, as the server sends it. `before`: the one that it takes the place of. */
  begin(snapshot: unknown, before: Doc): Doc;
  /** The document after these entries; `null`: entries are missing between. */
  apply(doc: Doc, batch: Batch): Doc | null;
  /** Something beside the entries: how many are watching. */
  count?(doc: Doc, count: number, isExact: boolean): Doc;
}

export interface FollowerOptions {
  /** Of the timeline; may be relative to `base`. */
  url: string;
  /** The base of relative addresses: `location.href`. */
  base: string;
  token: (renew: boolean) => Promise<string | null>;
  /** Time that the present token is good for; it is renewed over the open connection before it runs out. */
  tokenLeftMs: () => number | null;
  /** The language in which problems are told. */
  language?: string;
  /** The name that the player gives its requests for media, too. */
  session?: string;
  /** Follow the person's own stream, too. */
  followsOwn?: boolean;
  environment?: Environment;
  /** The person may not watch this show, or no longer: nothing more comes. */
  onNoRight?: () => void;
}

export class Follower<Doc extends Followed> {
  protected readonly env: Environment;
  protected doc: Doc;
  readonly session: string;
  readonly #reducer: Reducer<Doc>;
  readonly #options: FollowerOptions;
  readonly #url: string;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  #own: OwnState = NOTHING_OWN;
  #status: ConnectionStatus = 'stopped';
  #isBanned = false;
  /** The server has left entries out: the gap before its snapshot is stepped over. */
  #isSkipping = false;

  constructor(doc: Doc, reducer: Reducer<Doc>, options: FollowerOptions) {
    this.doc = doc;
    this.session = options.session ?? '';
    this.#reducer = reducer;
    this.#options = options;
    this.env = options.environment ?? browserEnvironment;
    this.#url = new URL(options.url, options.base).href;
    this.#connection = new Connection(
      this.#url,
      {
        position: () => ({ after: this.doc.seq, epoch: this.doc.epoch }),
        own: () => (options.followsOwn ? { after: this.#own.seq } : null),
        token: options.token,
        tokenLeftMs: options.tokenLeftMs,
        language: options.language ?? '',
        session: this.session,
        onFrame: (frame) => this.#receive(frame),
        onStatus: (status) => this.#setStatus(status),
        onBanned: () => this.#ban(),
        onNoRight: () => options.onNoRight?.(),
      },
      this.env,
    );
    this.#outbox = new Outbox(this.env, {
      overSocket: (frame) => this.#connection.send(frame),
      byPost: (frame, renew) => this.#post(frame, renew),
      renewToken: () => this.#connection.renewToken(true),
    });
  }

  get status(): ConnectionStatus {
    return this.#status;
  }
  /** By which way the timeline comes, or is being tried. */
  get way(): TransportKind {
    return this.#connection.way;
  }
  /** A ban closed the connection: reading goes on, writing does not. */
  get isBanned(): boolean {
    return this.#isBanned;
  }
  get seq(): number {
    return this.doc.seq;
  }
  /** The personal stream's state. */
  get own(): OwnState {
    return this.#own;
  }
  /** Commands that have not been answered yet. */
  get unanswered(): number {
    return this.#outbox.size;
  }
  get clockOffsetMs(): number {
    return this.#connection.clockOffsetMs;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  wake(): void {
    this.#connection.wake();
  }

  /**
   * Send a command of the person. Resolves with the server's answer; rejects with `ApiError`, whose problem tells the reason
   * and how long to wait. The same id again is the same command, however often it is sent.
   */
  send(name: string, body: Record<string, unknown>, id: string = newKey()): Promise<Ack> {
    if (this.#isBanned) return Promise.reject(new ApiError(BANNED));
    return this.#outbox.send(name, body, id);
  }

  /** The token is another one, perhaps with another name: it holds for the commands from now on. */
  tokenChanged(): Promise<void> {
    return this.#connection.renewToken(false);
  }

  /** Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called after each change of the document. */
  protected changed(): void {
    this.tell();
  }

  /** Called when the document was taken from a new snapshot. */
  protected began(): void {
    // Nothing to do here.
  }

  protected change(doc: Doc): void {
    if (doc === this.doc) return;
    this.doc = doc;
    this.changed();
  }

  protected tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Reads JSON below the timeline's address: without a token first, as any cache in front may keep it; a show that is
   * not public takes one.
   */
  protected async read<T>(path: string): Promise<T> {
    const headers = { Accept: 'application/json' };
    let response = await this.#fetch(this.#url + path, { headers });
    if (response.status === 404 || response.status === 401) {
      const token = await this.#options.token(false).catch(() => null);
      if (token) response = await this.#fetch(this.#url + path, { headers: { ...headers, Authorization: `Bearer ${token}` } });
    }
    if (!response.ok) throw new ApiError({ status: response.status, code: `http-${response.status}`, detail: '' });
    return (await response.json()) as T;
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#outbox.opened();
        break;
      case 'entries':
        this.#apply(frame);
        break;
      case 'skip':
        this.#isSkipping = true;
        break;
      case 'snapshot':
        this.#isSkipping = false;
        this.doc = this.#reducer.begin(frame.snapshot, this.doc);
        this.began();
        this.changed();
        break;
      case 'count':
        if (this.#reducer.count) this.change(this.#reducer.count(this.doc, frame.count, frame.exact ?? true));
        break;
      case 'private':
        this.#own = applyOwn(this.#own, frame);
        this.tell();
        break;
      case 'ack':
      case 'problem':
        this.#outbox.take(frame);
        break;
      default: // `retry` and `pong` are the connection's; a frame of a newer server
    }
  }

  #apply(batch: Batch): void {
    const next = this.#reducer.apply(this.doc, batch);
    if (next) this.change(next);
    else if (!this.#isSkipping) this.#connection.reconnect();
  }

  #setStatus(status: ConnectionStatus): void {
    this.#status = status;
    if (status !== 'open') this.#isSkipping = false;
    this.tell();
  }

  #ban(): void {
    this.#isBanned = true;
    this.#outbox.refuseAll(BANNED);
    this.tell();
  }

  async #post(frame: CommandFrame, renew: boolean): Promise<Ack> {
    const { id, name, body } = frame;
    const token = await this.#options.token(renew);
    const headers: Record<string, string> = { Accept: 'application/json', 'Content-Type': 'application/json' };
    if (token) headers['Authorization'] = `Bearer ${token}`;
    if (this.#options.language) headers['Accept-Language'] = this.#options.language;
    if (this.session) headers['CMCD-Session'] = `sid="${this.session}"`;
    const response = await this.#fetch(`${this.#url}/commands`, { method: 'POST', headers, body: JSON.stringify({ id, name, body }) });
    const text = await response.text().catch(() => '');
    if (!response.ok) throw new ApiError(problemOf(response, text));
    this.#connection.look();
    return JSON.parse(text) as Ack;
  }

  /** An error of the network becomes an `ApiError` with status 0. */
  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const abort = new AbortController();
    const timer = this.env.setTimeout(() => abort.abort(), POST_MAX_MS);
    try {
      return await this.env.fetch(url, { ...init, credentials: 'omit', signal: abort.signal });
    } catch {
      throw new ApiError({ status: 0, code: 'network', detail: '' });
    } finally {
      this.env.clearTimeout(timer);
    }
  }
}

const BANNED: Problem = { status: 403, code: 'banned', detail: '' };

function problemOf(response: Response, text: string): Problem {
  const unknown = { status: response.status, code: `http-${response.status}`, detail: '' };
  try {
    return { ...unknown, ...(JSON.parse(text) as Partial<Problem>), status: response.status };
  } catch {
    return unknown; // a proxy's page: the status is all we know
  }
}
