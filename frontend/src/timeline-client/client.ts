/**
 * A client that follows a show: the snapshot, the live connection, older pages, and the picture that the viewer sees.
 * Everything that may be shown is in `view`; listeners are told when it changes, which is at a picture or at once,
 * never after a delay.
 */
import type { ShowSnapshot } from '../api/types.ts';
import { absorbHistory, applyEntries } from './apply.ts';
import type { Batch } from './entries.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import { History } from './history.ts';
import { nextDealChange } from './deals.ts';
import { docFromSnapshot, nextChange, viewAt, type ShowDoc, type ViewState } from './show-state.ts';

export interface TimelineOptions extends Omit<FollowerOptions, 'url'> {
  snapshot: ShowSnapshot;
  viewerId: () => string | null;
  /** The show was taken from a new snapshot: facts from beside the timeline (products, carts) may be old. */
  onBegin?: () => void;
  /** Maximum number of messages in a view, the last up to its picture. */
  messagesMax?: number;
}

export class TimelineClient extends Follower<ShowDoc> {
  readonly #options: TimelineOptions;
  #picture: number | null = null;
  #view: ViewState;
  /** While the picture stays in `[from, until)`, the view stays as it is. */
  #steady: { from: number; until: number } | null = null;
  #dealTimer: number | undefined;
  #history: History;
  /** The first entry that is known without older pages. */
  #firstSeq: number;
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
    this.#history = this.#newHistory();
    this.#firstSeq = firstSeqOf(this.doc);
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
    this.#coverPicture();
  }

  /** Load entries from before this page was opened: in a replay from its beginning on, else some older ones. */
  loadHistory(): Promise<void> {
    return this.#cover(Math.min(this.#picture ?? Number.POSITIVE_INFINITY, this.doc.messages.at(0)?.shownFromMs ?? Number.POSITIVE_INFINITY));
  }

  #coverPicture(): void {
    const picture = this.#picture;
    if (picture === null || !Number.isFinite(picture)) return;
    if (this.#isReplay || this.#isBeforeKnown(picture)) void this.#cover(picture);
  }

  get #isReplay(): boolean {
    return this.doc.state === 'ended';
  }

  #cover(pictureMs: number): Promise<void> {
    return this.#history.cover({ pictureMs, seq: this.doc.seq, firstSeq: this.#firstSeq, isReplay: this.#isReplay });
  }

  #newHistory(): History {
    const { epoch } = this.doc;
    return new History(
      (range) => this.read<Batch>(`/ranges/${epoch}/${range}`),
      ({ entries }) => {
        if (epoch === this.doc.epoch) this.change(absorbHistory(this.doc, entries));
      },
    );
  }

  protected override began(): void {
    this.#history = this.#newHistory();
    this.#firstSeq = firstSeqOf(this.doc);
    this.#options.onBegin?.();
  }

  protected override changed(): void {
    this.#refresh();
  }

  #refresh(): void {
    const picture = this.#picture;
    this.#view = viewAt(this.doc, picture, this.#options.messagesMax, this.serverNowMs());
    this.#planDeals();
    this.#steady = picture === null ? null : { from: picture, until: nextChange(this.doc, picture) };
    this.tell();
  }

  /** Whoever sees no picture has deals by the server's clock, which no frame moves on. */
  #planDeals(): void {
    if (this.#dealTimer !== undefined) this.env.clearTimeout(this.#dealTimer);
    this.#dealTimer = undefined;
    if (this.#picture !== Number.POSITIVE_INFINITY) return;
    const inMs = nextDealChange(this.doc.deals, this.serverNowMs()) - this.serverNowMs();
    if (Number.isFinite(inMs)) this.#dealTimer = this.env.setTimeout(() => this.#refresh(), Math.max(0, Math.ceil(inMs)) + 1);
  }

  override stop(): void {
    super.stop();
    if (this.#dealTimer !== undefined) this.env.clearTimeout(this.#dealTimer);
  }

  /** Earlier than the oldest message at hand, of a show that has entries before it. */
  #isBeforeKnown(pictureMs: number): boolean {
    const oldest = this.doc.messages.at(0);
    return this.#firstSeq > 1 && oldest !== undefined && pictureMs < oldest.shownFromMs;
  }
}

/** A snapshot brings the last messages along: earlier entries are in the older pages. */
function firstSeqOf(doc: ShowDoc): number {
  return doc.messages.at(0)?.seq ?? doc.seq + 1;
}
