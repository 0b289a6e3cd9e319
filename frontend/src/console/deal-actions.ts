/** What is done with deals: prepared, opened with or without a countdown, ended. No DOM. */
import type { Api } from '../api/client.ts';
import type { DealIn, StaffDeal } from '../api/schema.ts';
import type { Product } from '../api/types.ts';
import type { ActionRunner } from './action-runner.ts';
import type { Talk } from './talk.ts';
import { t } from './texts.ts';

/** The place of the errors of the form. */
export const DEAL_FORM = 'deal:form';

export function dealPlace(id: string): string {
  return `deal:${id}`;
}

export class DealActions {
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;
  readonly #talk: Talk;

  constructor(path: string, api: Api, actions: ActionRunner, talk: Talk) {
    this.#path = path;
    this.#api = api;
    this.#actions = actions;
    this.#talk = talk;
  }

  /** The goods of the show, whose variants a deal can be about. */
  goods(): Promise<readonly Product[]> {
    return this.#api.request<readonly Product[]>(`${this.#path}/products`);
  }

  /** Prepares a deal, or changes one that nobody has seen. */
  prepare(draft: DealIn, id: string | null): Promise<boolean> {
    return this.#actions.run(DEAL_FORM, async () => {
      const [method, path] = id === null ? (['POST', '/deals'] as const) : (['PATCH', `/deals/${id}`] as const);
      await this.#api.request<StaffDeal>(this.#path + path, { method, body: draft });
      this.#talk.refresh('deals');
      this.#actions.say(t('deals.saved'));
    });
  }

  /** At the picture that is seen, or after a countdown that begins now. */
  open(id: string, countdownS: number): Promise<boolean> {
    return this.#actions.runUndoable(dealPlace(id), async () => {
      await this.#post(id, 'open', { countdown_s: countdownS, ...this.#actions.picture() });
      this.#talk.offerUndo(t('deals.opened'), 'deal.opened', id);
    });
  }

  end(id: string): Promise<boolean> {
    return this.#actions.runUndoable(dealPlace(id), async () => {
      await this.#post(id, 'end', this.#actions.picture());
      this.#talk.offerUndo(t('deals.ended'), 'deal.ended', id);
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#actions.run(dealPlace(id), async () => {
      await this.#api.request(`${this.#path}/deals/${id}`, { method: 'DELETE' });
      this.#talk.refresh('deals');
    });
  }

  async #post(id: string, verb: 'open' | 'end', body: unknown): Promise<void> {
    await this.#api.request(`${this.#path}/deals/${id}/${verb}`, { method: 'POST', body });
    this.#talk.refresh('deals');
  }
}
