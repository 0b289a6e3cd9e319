/**
 * A show, followed: the snapshot, the live connection, older pages, and the picture that the viewer sees.
 * Everything that may be shown is in `view`; listeners are told when it changes, which is at a picture or at once,
 * never after a delay.
 */
import type { ShowSnapshot } from '../api/types.ts';
import {
  Connection,
  backoffMs,
  browserSurroundings,
  webSocketUrl,
  type ConnectionStatus,
  type Surroundings,
} from './connection.ts';
import type { EntriesPage, ServerFrame } from './entries.ts';
import {
  absorbHistory,
  applyEntries,
  docFromSnapshot,
  nextChange,
  viewAt,
  type ShowDoc,
  type ViewState,
} from './show-state.ts';

const PAGE_SIZE = 1000;
const PAGES_MAX = 200;

export interface TimelineOptions {
  snapshot: ShowSnapshot;
  /** Where relative addresses start from: `location.href`. */
  base: string;
  viewerId: () => string | null;
  token: (renew: boolean) => Promise<string | null>;
  fetchSnapshot: () => Promise<ShowSnapshot>;
  fetchEntries: (after: number, limit: number) => Promise<EntriesPage>;
  surroundings?: Surroundings;
}

export class TimelineClient {
  readonly #options: TimelineOptions;
  readonly #env: Surroundings;
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  #doc: ShowDoc;
  #picture: number | null = null;
  #view: ViewState;
  /** While the picture stays in `[from, until)`, the view stays as it is. */
  #steady: { from: number; until: number } | null = null;
  #status: ConnectionStatus = 'stopped';
  #history: 'none' | 'loading' | 'complete' = 'none';
  #restarts = 0;
  #snapshotOffsetMs: number;
  #isBanned = false;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#env = options.surroundings ?? browserSurroundings;
    this.#doc = docFromSnapshot(options.snapshot);
    this.#view = viewAt(this.#doc, null);
    this.#snapshotOffsetMs = Date.parse(options.snapshot.now) - this.#env.now();
    this.#connection = new Connection(
      webSocketUrl(options.snapshot.timeline.url, options.base),
      {
        position: () => ({ after: this.#doc.seq, epoch: this.#doc.epoch }),
        token: options.token,
        onFrame: (frame) => this.#receive(frame),
        onStatus: (status) => {
          this.#status = status;
          this.#tell();
        },
        onBanned: () => {
          this.#isBanned = true;
          this.#tell();
        },
      },
      this.#env,
    );
  }

  get view(): ViewState {
    return this.#view;
  }
  get status(): ConnectionStatus {
    return this.#status;
  }
  /** A ban closed the socket: reading goes on, writing does not. */
  get isBanned(): boolean {
    return this.#isBanned;
  }
  get seq(): number {
    return this.#doc.seq;
  }
  /** All highlights that are known, also those that this picture has not reached: the marks of the scrubber. */
  get highlights(): ShowDoc['highlights'] {
    return this.#doc.highlights;
  }

  /** The server's clock, from the page at first and from ping and pong as soon as there is one. */
  serverNowMs(): number {
    return this.#env.now() + (this.#connection.clockOffsetMs || this.#snapshotOffsetMs);
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

  /** Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called with every frame that is drawn; cheap unless the view changes at this picture. See `viewAt`. */
  setPicture(pictureMs: number | null): void {
    if (pictureMs === this.#picture) return;
    this.#picture = pictureMs;
    const steady = this.#steady;
    if (pictureMs !== null && steady && pictureMs >= steady.from && pictureMs < steady.until) return;
    this.#refresh();
    if (pictureMs !== null && this.#isBeforeKnownChat(pictureMs)) void this.loadHistory();
  }

  /** Chat and highlights from the beginning, page by page, once. What is known already does not come twice. */
  async loadHistory(): Promise<void> {
    if (this.#history !== 'none') return;
    this.#history = 'loading';
    let after = 0;
    try {
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const { entries, to, head, epoch } = await this.#options.fetchEntries(after, PAGE_SIZE);
        if (epoch !== this.#doc.epoch) break;
        this.#change(absorbHistory(this.#doc, entries));
        if (to >= head || to <= after) break;
        after = to;
      }
      this.#history = 'complete';
    } catch {
      this.#history = 'none'; // asked again at the next seek
    }
  }

  #receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        if (frame.epoch !== this.#doc.epoch) this.#restart();
        break;
      case 'entries': {
        const reader = { viewerId: this.#options.viewerId(), pictureMs: this.#picture };
        const next = applyEntries(this.#doc, frame, reader);
        if (next) this.#change(next);
        else this.#connection.reconnect();
        break;
      }
      case 'count':
        this.#change({ ...this.#doc, count: frame.count });
        break;
      case 'restart':
        this.#restart();
        break;
      case 'pong':
        break;
    }
  }

  /** Our position means nothing to the server any more: take the show as it is now, then follow from there. */
  #restart(): void {
    this.#connection.stop();
    const fetchAgain = async (): Promise<void> => {
      try {
        const snapshot = await this.#options.fetchSnapshot();
        this.#restarts = 0;
        const hadHistory = this.#history !== 'none';
        this.#history = 'none';
        this.#change({ ...docFromSnapshot(snapshot), count: this.#doc.count });
        this.#connection.start();
        if (hadHistory) await this.loadHistory();
      } catch {
        const waitMs = backoffMs(this.#restarts, this.#env.random());
        this.#restarts += 1;
        this.#env.setTimeout(() => void fetchAgain(), waitMs);
      }
    };
    void fetchAgain();
  }

  #change(doc: ShowDoc): void {
    if (doc === this.#doc) return;
    this.#doc = doc;
    this.#refresh();
  }

  #refresh(): void {
    const picture = this.#picture;
    this.#view = viewAt(this.#doc, picture);
    this.#steady = picture === null ? null : { from: picture, until: nextChange(this.#doc, picture) };
    this.#tell();
  }

  #isBeforeKnownChat(pictureMs: number): boolean {
    const oldest = this.#doc.messages[0];
    return oldest !== undefined && pictureMs < oldest.shownFromMs && this.#doc.seq > this.#doc.messages.length;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
