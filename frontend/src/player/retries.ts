/** Tries of something that failed, each after a longer wait than the one before, up to a number. */
import { retryInMs } from './limits.ts';

export class Retries {
  #count = 0;
  #timer = 0;

  /** The last try failed. */
  get isTrying(): boolean {
    return this.#count > 0;
  }

  /** False when there were enough. */
  again(run: () => void): boolean {
    const inMs = retryInMs(this.#count);
    if (inMs === null) return false;
    this.#count += 1;
    this.cancel();
    this.#timer = window.setTimeout(run, inMs);
    return true;
  }

  /** Whatever comes next is a first try. */
  reset(): void {
    this.#count = 0;
  }

  /** Take back the try that is to come. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
