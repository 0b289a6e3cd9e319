/** A person's part in activation points: what they took part in. Nothing is drawn before the server has agreed. */
import type { Mine } from '../api/types.ts';
import type { Ack, Activation } from '../timeline-client/index.ts';
import type { GiveawayTimeline } from './giveaways.ts';

/** What somebody has who took part. */
export interface Handed {
  url: string | null;
  calendar_url: string | null;
  confirms: boolean;
}

export class Activations {
  readonly #timeline: GiveawayTimeline;
  readonly #changed: () => void;
  readonly #isRecorded: () => boolean;
  #counts = new Map<string, number>();
  #busy = new Set<string>();
  #handed = new Map<string, Handed>();
  #drafts = new Map<string, Readonly<Record<string, string>>>();

  constructor(timeline: GiveawayTimeline, isRecorded: () => boolean, changed: () => void) {
    this.#timeline = timeline;
    this.#isRecorded = isRecorded;
    this.#changed = changed;
  }

  adopt(mine: Mine): void {
    this.#counts = new Map([...Object.entries(mine.activation_answers ?? {}), ...this.#counts]);
  }

  countOf(id: string): number {
    return this.#counts.get(id) ?? 0;
  }

  /** The points of this picture, as long as nobody has closed them. In a replay those that are open there, too. */
  get current(): readonly Activation[] {
    return this.#timeline.view.activations.filter(({ isTaking, body }) => isTaking && (body.in_replay || !this.#isRecorded()));
  }

  /** What the server has handed over since the page was opened. */
  handedOf(id: string): Handed | undefined {
    return this.#handed.get(id);
  }

  /** What was written into a form stays when the card is folded, or drawn anew for another layout. */
  keepDraft(id: string, values: Readonly<Record<string, string>>): void {
    this.#drafts.set(id, values);
  }

  draftOf(id: string): Readonly<Record<string, string>> {
    return this.#drafts.get(id) ?? {};
  }

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** A second tap while the first is on its way does nothing. */
  async takePart(id: string, values: Record<string, string>, agrees: boolean): Promise<void> {
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    this.#changed();
    try {
      const handed = (await this.#timeline.send('take_part', { activation_id: id, values, agrees })) as Ack & Handed;
      this.#counts.set(id, this.countOf(id) + 1);
      this.#handed.set(id, handed);
      this.#drafts.delete(id);
    } finally {
      this.#busy.delete(id);
      this.#changed();
    }
  }
}
