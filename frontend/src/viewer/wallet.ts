/** The payment methods that a member keeps, and the one that is to be paid with. No DOM. */
import { ApiError, type Api } from '../api/client.ts';
import type { SavedMethod } from '../api/types.ts';

export class Wallet {
  readonly #api: Api;
  readonly #onChange: () => void;
  #asked: Promise<void> | null = null;
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
    try {
      this.methods = (await this.#api.request<{ methods: SavedMethod[] }>('/payment-methods')).methods;
      this.#chosenId = this.usable[0]?.id ?? null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#asked = null;
    }
    this.#onChange();
  }
}
