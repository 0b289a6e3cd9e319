/**
 * A show, followed: the snapshot, the live line, older pages, and the picture that the viewer sees.
 * Everything that may be shown is in `view`; listeners are told when it changes, which is at a picture or at once,
 * never after a delay.
 */
import type { ShowSnapshot } from '../api/types.ts';
import { absorbHistory, applyEntries } from './apply.ts';
import type { EntriesPage } from './entries.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import { docFromSnapshot, nextChange, viewAt, type ShowDoc, type ViewState } from './show-state.ts';

const PAGE_SIZE = 1000;
const PAGES_MAX = 400;

export interface TimelineOptions extends Omit<FollowerOptions, 'url'> {
  snapshot: ShowSnapshot;
  viewerId: () => string | null;
  fetchEntries: (after: number, limit: number) => Promise<EntriesPage>;
  /** The show began anew from a snapshot: what is known beside the timeline (products, carts) may be old. */
  onBegin?: () => void;
  /** So many of the messages up to a picture are in its view. */
  messagesMax?: number;
}

export class TimelineClient extends Follower<ShowDoc> {
  readonly #options: TimelineOptions;
  #picture: number | null = null;
  #view: ViewState;
  /** While the picture stays in `[from, until)`, the view stays as it is. */
  #steady: { from: number; until: number } | null = null;
  #history: 'none' | 'loading' | 'complete' = 'none';
  readonly #snapshotOffsetMs: number;

  constructor(options: TimelineOptions) {
    const { snapshot } = options;
    super(
      docFromSnapshot(snapshot),
      {
        begin: (taken, before) => ({
          ...docFromSnapshot(taken as ShowSnapshot),
          count: before.count,
          isCountExact: before.isCountExact,
        }),
        apply: (doc, batch) => applyEntries(doc, batch, { viewerId: options.viewerId(), pictureMs: this.#picture }),
        count: (doc, count, isCountExact) => ({ ...doc, count, isCountExact }),
      },
      { ...options, url: snapshot.timeline.url },
    );
    this.#options = options;
    this.#view = viewAt(this.doc, null, options.messagesMax);
    this.#snapshotOffsetMs = Date.parse(snapshot.now) - this.env.now();
  }

  get view(): ViewState {
    return this.#view;
  }
  /** The picture that the view belongs to. */
  get pictureMs(): number | null {
    return this.#picture;
  }
  /** All highlights that are known, also those that this picture has not reached: the marks of the scrubber. */
  get highlights(): ShowDoc['highlights'] {
    return this.doc.highlights;
  }

  /** The server's clock, from the page at first and from ping and pong as soon as there is one. */
  serverNowMs(): number {
    return this.env.now() + (this.clockOffsetMs || this.#snapshotOffsetMs);
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

  /** What a replay holds from the beginning, page by page, once. What is known already does not come twice. */
  async loadHistory(): Promise<void> {
    if (this.#history !== 'none') return;
    this.#history = 'loading';
    let after = 0;
    try {
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const { entries, to, head, epoch } = await this.#options.fetchEntries(after, PAGE_SIZE);
        if (epoch !== this.doc.epoch) break;
        this.change(absorbHistory(this.doc, entries));
        if (to >= head || to <= after) break;
        after = to;
      }
      this.#history = 'complete';
    } catch {
      this.#history = 'none'; // asked again at the next seek
    }
  }

  protected override began(): void {
    const hadHistory = this.#history !== 'none';
    this.#history = 'none';
    this.#options.onBegin?.();
    if (hadHistory) void this.loadHistory();
  }

  protected override changed(): void {
    this.#refresh();
  }

  #refresh(): void {
    const picture = this.#picture;
    this.#view = viewAt(this.doc, picture, this.#options.messagesMax);
    this.#steady = picture === null ? null : { from: picture, until: nextChange(this.doc, picture) };
    this.tell();
  }

  #isBeforeKnownChat(pictureMs: number): boolean {
    const oldest = this.doc.messages.at(0);
    return oldest !== undefined && pictureMs < oldest.shownFromMs && this.doc.seq > this.doc.messages.length;
  }
}
