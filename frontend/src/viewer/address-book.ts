/** The addresses that a member keeps, and the one that the form was filled in from. No DOM. */
import { ApiError, type Api } from '../api/client.ts';
import type { SavedAddress } from '../api/types.ts';

interface Answer {
  addresses: SavedAddress[];
}

const PARTS = ['line1', 'line2', 'postal_code', 'city', 'region', 'country'] as const;

export class AddressBook {
  readonly #api: Api;
  readonly #onChange: () => void;
  #isAsked = false;
  addresses: readonly SavedAddress[] = [];
  chosenId: string | null = null;
  /** The buyer wants the form's address to be kept. */
  isToBeKept = false;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** Only members keep addresses. */
  get isOpen(): boolean {
    const viewer = this.#api.viewer;
    return viewer !== null && viewer.role !== 'guest';
  }

  get chosen(): SavedAddress | null {
    return this.addresses.find(({ id }) => id === this.chosenId) ?? null;
  }

  /** Ask once; a failure leaves the form as it is. */
  async load(): Promise<void> {
    if (this.#isAsked || !this.isOpen) return;
    this.#isAsked = true;
    await this.#take(this.#api.request<Answer>('/addresses')).catch(() => {
      this.#isAsked = false;
    });
  }

  /** The address that the form shows, as far as one of them is the same. */
  recognise(typed: Readonly<Record<string, string>>): void {
    this.chosenId = this.addresses.find((one) => isSame(one, typed))?.id ?? this.chosenId;
  }

  /** The form differs from everything that is kept. */
  isNew(typed: Readonly<Record<string, string>>): boolean {
    return !this.addresses.some((one) => isSame(one, typed));
  }

  /** Keep the form's address: as a new one, or in place of the one that it began with. */
  async keep(typed: Readonly<Record<string, string>>): Promise<void> {
    if (!this.isToBeKept || !this.isNew(typed)) return;
    const body = { name: typed['name'] ?? '', address: Object.fromEntries(PARTS.map((name) => [name, typed[name] ?? ''])) };
    const { chosenId } = this;
    const sent = chosenId
      ? this.#api.request<Answer>(`/addresses/${chosenId}`, { method: 'PATCH', body })
      : this.#api.request<Answer>('/addresses', { method: 'POST', body });
    await this.#take(sent);
    this.isToBeKept = false;
  }

  async makeDefault(id: string): Promise<void> {
    await this.#take(this.#api.request<Answer>(`/addresses/${id}`, { method: 'PATCH', body: { is_default: true } }));
  }

  async remove(id: string): Promise<void> {
    if (this.chosenId === id) this.chosenId = null;
    await this.#take(this.#api.request<Answer>(`/addresses/${id}`, { method: 'DELETE' }));
  }

  async #take(asked: Promise<Answer>): Promise<void> {
    try {
      this.addresses = (await asked).addresses;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    } finally {
      this.#onChange();
    }
  }
}

function isSame(one: SavedAddress, typed: Readonly<Record<string, string>>): boolean {
  return one.name === (typed['name'] ?? '').trim() && PARTS.every((name) => one.address[name] === (typed[name] ?? '').trim());
}
