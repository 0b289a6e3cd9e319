/** What a producer does to the sale of the show: pause it and go on, sold out, restock. Each can be taken back. No DOM. */
import type { Api } from '../api/client.ts';
import type { ActionRunner } from './action-runner.ts';
import { productPlace } from './places.ts';
import type { Talk } from './talk.ts';
import { t } from './texts.ts';

export const SELLING = 'selling';
/** Units of each variant that one tap adds. */
export const RESTOCK_UNITS = 10;

export interface SoldProduct {
  readonly product_id: string;
  readonly name: string;
}

export class SellingActions {
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

  pause(title: string): Promise<boolean> {
    return this.#actions.runUndoable(SELLING, async () => {
      await this.#say('technical', '');
      this.#talk.offerLastUndo(t('selling.done', { name: title }), 'selling.paused');
    });
  }

  /** Tells everyone another reason, while the sale is paused. */
  explain(reason: string, words: string): Promise<boolean> {
    return this.#actions.run(SELLING, () => this.#say(reason, words));
  }

  resume(): Promise<boolean> {
    return this.#actions.runUndoable(SELLING, async () => {
      await this.#api.request(`${this.#path}/selling-pause`, { method: 'DELETE' });
      this.#talk.offerLastUndo(t('selling.goesOn'), 'selling.resumed');
    });
  }

  /** Takes what is free of a product off sale. */
  sellOut({ product_id: id, name }: SoldProduct): Promise<boolean> {
    return this.#actions.runUndoable(productPlace([id]), async () => {
      await this.#api.request(`${this.#path}/sold-out`, { method: 'POST', body: { product_id: id } });
      this.#talk.offerLastUndo(t('selling.soldOut', { name }), 'stock.sold_out');
    });
  }

  restock({ product_id: id, name }: SoldProduct): Promise<boolean> {
    return this.#actions.runUndoable(productPlace([id]), async () => {
      const { units } = await this.#api.request<{ units: number }>(`${this.#path}/restock`, {
        method: 'POST',
        body: { product_id: id, units: RESTOCK_UNITS },
      });
      this.#talk.offerLastUndo(t('selling.restocked', { name, count: units }), 'stock.restocked');
    });
  }

  async #say(reason: string, words: string): Promise<void> {
    await this.#api.request(`${this.#path}/selling-pause`, { method: 'PUT', body: { reason, words } });
  }
}
