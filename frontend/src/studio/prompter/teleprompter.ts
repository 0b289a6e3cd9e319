/** The teleprompter's text: read from the show and kept in it. No elements here. */
import { ApiError, type Api } from '../../api/client.ts';

interface Kept {
  readonly text: string;
}

export class Teleprompter {
  text = '';
  isOpen = false;
  /** The server's sentence about a text that it did not keep. */
  error = '';
  readonly #api: Api;
  readonly #path: string;
  readonly #changed: () => void;

  constructor(api: Api, slug: string, changed: () => void) {
    this.#api = api;
    this.#path = `/shows/${encodeURIComponent(slug)}/teleprompter`;
    this.#changed = changed;
  }

  /** Opens it with the text as it is now; without a connection with the text of before. */
  async open(): Promise<void> {
    this.isOpen = true;
    this.#changed();
    const kept = await this.#api.request<Kept>(this.#path).catch(() => null);
    if (kept) this.text = kept.text;
    this.#changed();
  }

  close(): void {
    this.isOpen = false;
    this.#changed();
  }

  /** Return whether the server has kept it. */
  async keep(text: string): Promise<boolean> {
    this.error = '';
    try {
      this.text = (await this.#api.request<Kept>(this.#path, { method: 'PUT', body: { text } })).text;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.error = error.message;
    }
    this.#changed();
    return this.error === '';
  }
}
