/** Stand-ins for the tests: a clock that moves when told, a socket that is a list of frames, and a show with a history. */
import type { ShowSnapshot } from '../api/types.ts';
import { TimelineClient, type TimelineOptions } from './client.ts';
import type { EntryBodies, EntryKind, RawEntry } from './entries.ts';
import type { Socket, Environment } from './environment.ts';

export const STARTED_MS = Date.parse('2026-03-01T19:00:00.000Z');

/** ISO time of a moment of the show, in seconds from its start. */
export function at(showTimeS: number): string {
  return new Date(STARTED_MS + showTimeS * 1000).toISOString();
}

export function pictureAt(showTimeS: number): number {
  return STARTED_MS + showTimeS * 1000;
}

export function snapshotOf(changes: Partial<ShowSnapshot> = {}): ShowSnapshot {
  return {
    slug: 'evening',
    title: 'An evening of colour',
    description: '',
    state: 'live',
    starts_at: at(0),
    started_at: at(0),
    ended_at: null,
    cover_url: null,
    hosts: [],
    brand: { slug: 'maison', name: 'Maison', accent: '', logo_url: null },
    open_to: 'everyone',
    ai_made: '',
    trailer: null,
    live_edge_url: null,
    has_playback_reports: true,
    hls_url: '/hls/evening/index.m3u8',
    timeline: { url: '/timeline/evening', seq: 0, epoch: 'e1' },
    now: at(0),
    curtain: null,
    highlights: [],
    messages: [],
    chat: { mode: 'everyone', trait: null, slow_s: 0, shield: false },
    pinned: null,
    announcement: null,
    questions: [],
    polls: [],
    auctions: [],
    deals: [],
    selling_paused: null,
    giveaways: [],
    activations: [],
    sold: [],
    reactions: {},
    caption_languages: [],
    ...changes,
  };
}

export function posted(seq: number, showTimeS: number, text: string, author = 'g:ada'): RawEntry {
  const body = { message_id: `m${seq}`, author: { id: author, name: author, role: 'viewer' }, text, client_id: `c${seq}` };
  return { seq, at: at(showTimeS), kind: 'message.posted', body };
}

export function deleted(seq: number, showTimeS: number, messageSeq: number): RawEntry {
  return { seq, at: at(showTimeS), kind: 'message.deleted', body: { message_id: `m${messageSeq}`, seq: messageSeq } };
}

export function highlighted(seq: number, showTimeS: number, id: string, pictureS?: number): RawEntry {
  const body = { highlight_id: id, product_ids: [`p-${id}`], products: [] };
  return { seq, at: at(showTimeS), kind: 'highlight.started', body, picture_at: pictureS === undefined ? null : at(pictureS) };
}

export function takenDown(seq: number, showTimeS: number, id: string, pictureS?: number): RawEntry {
  const picture_at = pictureS === undefined ? null : at(pictureS);
  return { seq, at: at(showTimeS), kind: 'highlight.ended', body: { highlight_id: id }, picture_at };
}

/** An entry of any kind. */
export function told<K extends EntryKind>(seq: number, showTimeS: number, kind: K, body: EntryBodies[K], pictureS?: number): RawEntry {
  return { seq, at: at(showTimeS), kind, body, ...(pictureS === undefined ? {} : { picture_at: at(pictureS) }) };
}

export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  isClosed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(): void {
    this.isClosed = true;
  }
  deliver(frame: unknown): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  fail(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** A world whose time moves only by `advance`. */
export class FakeWorld implements Environment {
  nowMs = STARTED_MS;
  readonly sockets: FakeSocket[] = [];
  #timers = new Map<number, { dueMs: number; callback: () => void }>();
  #nextId = 1;

  now(): number {
    return this.nowMs;
  }
  random(): number {
    return 1;
  }
  setTimeout(callback: () => void, ms: number): number {
    this.#timers.set(this.#nextId, { dueMs: this.nowMs + ms, callback });
    return this.#nextId++;
  }
  clearTimeout(id: number): void {
    this.#timers.delete(id);
  }
  openSocket(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  /** The values that the tab keeps from page to page. */
  kept = new Map<string, string>();
  recall(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  keep(key: string, value: string): void {
    this.kept.set(key, value);
  }

  /** The fetched addresses, and the answers: by default nothing gets through. */
  readonly requests: { url: string; init: RequestInit }[] = [];
  answer: (url: string, init: RequestInit) => Response | Promise<Response> = () => {
    throw new TypeError('no network');
  };

  async fetch(url: string, init: RequestInit): Promise<Response> {
    this.requests.push({ url, init });
    const given = new Promise<never>((_resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
    });
    given.catch(() => undefined);
    return Promise.race([this.answer(url, init), given]);
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error('no socket was opened');
    return last;
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.dueMs <= endMs).sort((a, b) => a[1].dueMs - b[1].dueMs)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.nowMs = due[1].dueMs;
      due[1].callback();
      await settle();
    }
    this.nowMs = endMs;
    await settle();
  }
}

/** Let everything that is already resolved run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 24; turn += 1) await Promise.resolve();
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

/** A person of the tests who follows the show. */
export async function follow(
  options: Partial<TimelineOptions> = {},
): Promise<{ world: FakeWorld; client: TimelineClient; welcome: (seq?: number, epoch?: string, more?: object) => Promise<void> }> {
  const world = (options.environment as FakeWorld | undefined) ?? new FakeWorld();
  const client = new TimelineClient({
    snapshot: snapshotOf(),
    base: 'https://shop.example/shows/evening',
    viewerId: () => 'g:me',
    token: () => Promise.resolve('token-1'),
    tokenLeftMs: () => null,
    environment: world,
    ...options,
  });
  client.start();
  await settle();
  const welcome = async (seq = 0, epoch = 'e1', more: object = {}): Promise<void> => {
    await settle();
    world.socket.onopen?.();
    world.socket.deliver({ type: 'welcome', seq, epoch, now: new Date(world.nowMs).toISOString(), ...more });
    await settle();
  };
  return { world, client, welcome };
}
