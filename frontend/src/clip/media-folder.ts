/**
 * The folder of a clip's media. That of a show which is not open to everyone has a pass in it, good for five to ten
 * minutes: less than a long clip, and less than a page stays open before somebody plays it.
 */
export const PASS = /\/hls\/[^/]+\/pass\/[^/]+\//;
/** The shortest life of a pass, without the time that a slow line needs. */
const RENEW_AFTER_MS = 240_000;

export class MediaFolder {
  readonly #ask: () => Promise<string>;
  readonly #now: () => number;
  #folder: string | null = null;
  #askedAtMs: number;
  #asking: Promise<void> | null = null;

  /** `ask` fetches the folder with a fresh pass; `now`: any steady clock, in ms. */
  constructor(ask: () => Promise<string>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
    this.#askedAtMs = now();
  }

  /** The same address with the newest pass. A pass that cannot be renewed is used to its end. */
  async address(url: string): Promise<string> {
    if (!PASS.test(url)) return url;
    if (this.#now() - this.#askedAtMs > RENEW_AFTER_MS) await (this.#asking ??= this.#renew());
    return this.#folder === null ? url : url.replace(PASS, this.#folder);
  }

  async #renew(): Promise<void> {
    try {
      this.#folder = await this.#ask();
      this.#askedAtMs = this.#now();
    } catch {
      // The next request tries again.
    } finally {
      this.#asking = null;
    }
  }
}
