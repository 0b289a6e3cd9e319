/** Translations of messages into the viewer's language, and which of the messages show one. */

/** An evening's reading; above it the oldest translation is forgotten. */
const KEPT_MAX = 200;

export interface Translation {
  state: 'loading' | 'translated' | 'original';
  text: string;
}

export interface TranslationsOptions {
  /** Rejects with the server's problem. */
  ask: (messageId: string) => Promise<string>;
  onChange: () => void;
}

export class Translations {
  readonly #options: TranslationsOptions;
  readonly #known = new Map<string, Translation>();

  constructor(options: TranslationsOptions) {
    this.#options = options;
  }

  of(messageId: string): Translation | null {
    return this.#known.get(messageId) ?? null;
  }

  /** Switch between translation and original; the first time, ask for the translation. Rejects with the server's error. */
  async toggle(messageId: string): Promise<void> {
    const known = this.of(messageId);
    if (known?.state === 'loading') return;
    if (known) return this.#set(messageId, known.text, known.state === 'original' ? 'translated' : 'original');
    this.#set(messageId, '', 'loading');
    try {
      this.#set(messageId, await this.#options.ask(messageId), 'translated');
    } catch (error) {
      this.#known.delete(messageId);
      this.#options.onChange();
      throw error;
    }
  }

  #set(messageId: string, text: string, state: Translation['state']): void {
    this.#known.set(messageId, { text, state });
    if (this.#known.size > KEPT_MAX) this.#known.delete([...this.#known.keys()][0] as string);
    this.#options.onChange();
  }
}
