/** A person's part in giveaways: entering, and the proof of what was entered. Nothing is drawn before the server has agreed. */
import type { OwnEntry } from '../api/schema.ts';
import type { Mine } from '../api/types.ts';
import type { Ack, Giveaway, ViewState } from '../timeline-client/index.ts';

/** Time that a result stays after its picture. */
const RESULT_SHOWN_MS = 60_000;

export interface GiveawayTimeline {
  readonly view: ViewState;
  readonly pictureMs: number | null;
  serverNowMs(): number;
  send(name: string, body: Record<string, unknown>): Promise<Ack>;
}

export class Giveaways {
  readonly #timeline: GiveawayTimeline;
  readonly #changed: () => void;
  readonly #isRecorded: () => boolean;
  #entries = new Map<string, Pick<OwnEntry, 'number'>>();
  #emails = new Map<string, string>();
  isBusy = false;

  constructor(timeline: GiveawayTimeline, isRecorded: () => boolean, changed: () => void) {
    this.#timeline = timeline;
    this.#isRecorded = isRecorded;
    this.#changed = changed;
  }

  adopt(mine: Mine): void {
    this.#entries = new Map([...Object.entries(mine.giveaway_entries ?? {}), ...this.#entries]);
    this.#changed();
  }

  /** The number of one's own entry; null: not entered. */
  numberIn(id: string): number | null {
    return this.#entries.get(id)?.number ?? null;
  }

  /** The moment in front of the viewer, by the server's clock: a viewer who is behind has as much longer. */
  get momentMs(): number {
    const { pictureMs } = this.#timeline;
    return pictureMs !== null && Number.isFinite(pictureMs) ? pictureMs : this.#timeline.serverNowMs();
  }

  /** The giveaway of this picture: open, or drawn a moment ago. A replay shows the result alone. */
  get current(): Giveaway | null {
    const now = this.momentMs;
    const isShown = ({ result, resultMs }: Giveaway) => (result === null ? !this.#isRecorded() : resultMs !== null && now - resultMs < RESULT_SHOWN_MS);
    return this.#timeline.view.giveaways.findLast(isShown) ?? null;
  }

  /** An address that was written stays when the card is folded, or drawn anew for another layout. */
  keepEmail(id: string, email: string): void {
    this.#emails.set(id, email);
  }

  emailOf(id: string): string {
    return this.#emails.get(id) ?? '';
  }

  async enter(id: string, email: string): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.#changed();
    try {
      const body = { giveaway_id: id, accepts_terms: true, picture_at: new Date(this.momentMs).toISOString(), ...(email ? { email } : {}) };
      const { number } = (await this.#timeline.send('enter_giveaway', body)) as Ack & { readonly number: number };
      this.#entries.set(id, { number });
      this.#emails.delete(id);
    } finally {
      this.isBusy = false;
      this.#changed();
    }
  }
}
