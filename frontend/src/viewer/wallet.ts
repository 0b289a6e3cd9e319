/** The payment methods that a member keeps, and the one that is to be paid with. No DOM. */
import { ApiError, type Api } from '../api/client.ts';
import type { SavedMethod } from '../api/types.ts';
import { Newest } from './newest.ts';

export class Wallet {
  readonly #api: Api;
  readonly #onChange: () => void;
  readonly #reads = new Newest();
  #asked: Promise<void> | null = null;
  /** How often the buyer has chosen. */
  #choices = 0;
  /** Null: another way than those that are kept. */
  #chosenId: string | null = null;
  methods: readonly SavedMethod[] = [];
  /** All of them are shown, to choose from. */
  isOpen = false;
  /** The buyer agrees that the method entered now is kept. Off until they say so. */
  isToBeKept = false;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** Only members keep methods. */
  get isForMember(): boolean {
    const viewer = this.#api.viewer;
    return viewer !== null && viewer.role !== 'guest';
  }

  get usable(): readonly SavedMethod[] {
    return this.methods.filter((one) => !one.is_expired);
  }

  get chosen(): SavedMethod | null {
    return this.usable.find(({ id }) => id === this.#chosenId) ?? null;
  }

  /** Ask once; a failure leaves the form for a card. */
  load(): Promise<void> {
    if (!this.isForMember) return Promise.resolve();
    this.#asked ??= this.#read();
    return this.#asked;
  }

  /** Another method is kept since a payment. */
  async reload(): Promise<void> {
    this.isToBeKept = false;
    this.#asked = null;
    await this.load();
  }

  choose(id: string | null): void {
    this.#choices += 1;
    this.#chosenId = id;
    this.isOpen = this.isOpen && id !== null;
    this.#onChange();
  }

  open(): void {
    this.isOpen = true;
    this.#onChange();
  }

  /** A payment was made with what is chosen: the list is closed again. */
  settle(): void {
    this.isOpen = false;
  }

  /** The buyer is to take another method: this one was declined, or is kept no longer. */
  failed(id: string, { code, status }: Pick<ApiError, 'code' | 'status'>): void {
    if (code === 'method-gone' || code === 'bad-payment-method') {
      this.methods = this.methods.filter((one) => one.id !== id);
      this.choose(null);
    } else if (status === 402) this.open();
  }

  async #read(): Promise<void> {
    const isNewest = this.#reads.ask();
    const before = this.#choices;
    try {
      const { methods } = await this.#api.request<{ methods: SavedMethod[] }>('/payment-methods');
      if (!isNewest()) return;
      this.methods = methods;
      // A choice that the buyer made meanwhile stands, as long as there is such a method.
      if (before === this.#choices || (this.#chosenId !== null && !this.chosen)) this.#chosenId = this.usable[0]?.id ?? null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!isNewest()) return;
      this.#asked = null;
    }
    this.#onChange();
  }
}
