/** Questions whose answers may overtake each other: only the newest one's counts. */
export class Newest {
  #asked = 0;

  /** Begin a question; the result tells whether it is still the newest. */
  ask(): () => boolean {
    this.#asked += 1;
    const mine = this.#asked;
    return () => mine === this.#asked;
  }
}
