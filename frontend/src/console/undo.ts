/** Undo: a command that can be taken back may be, once, for some seconds. */

export const UNDO_MS = 8000;
const MAX_OFFERS = 10;

export interface UndoOffer {
  readonly undo: () => Promise<void>;
  readonly until: number;
}

/** The offers that still stand, the youngest last. Times are ms of any one clock. */
export class UndoList {
  #offers: readonly UndoOffer[] = [];

  add(undo: () => Promise<void>, nowMs: number): UndoOffer {
    const offer: UndoOffer = { undo, until: nowMs + UNDO_MS };
    this.#offers = [...this.#offers, offer].slice(-MAX_OFFERS);
    return offer;
  }

  /** Takes an offer out: that one, or the youngest. Undefined when it has been used or its time is over. */
  take(nowMs: number, wanted?: UndoOffer): UndoOffer | undefined {
    this.#offers = this.#offers.filter((offer) => offer.until > nowMs);
    const found = wanted ? this.#offers.find((offer) => offer === wanted) : this.#offers.at(-1);
    this.#offers = this.#offers.filter((offer) => offer !== found);
    return found;
  }
}
