/** What is done with the plan: its items, and their turns. No DOM; the plan and the cue are the server's. */
import type { Api } from '../api/client.ts';
import type { CueView } from '../api/schema.ts';
import type { ActionRunner } from './action-runner.ts';
import { followingItem } from './cues.ts';
import type { ConsoleState, PlanItem } from './model.ts';
import { moved } from './rundown.ts';
import { t } from './texts.ts';

/** When an item's turn comes. */
export interface Timing {
  readonly minutes: number | null;
  readonly cue: string;
  readonly by_itself: boolean;
}

/** Kinds of items that stand for a row of their own. */
export type PlannedKind = 'poll' | 'giveaway' | 'activation' | 'deal' | 'auction';

export interface PlanHooks {
  readonly state: () => ConsoleState;
  readonly takePlan: (plan: readonly PlanItem[]) => void;
  readonly takeCue: (cue: CueView | null) => void;
}

export class PlanActions {
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;
  readonly #hooks: PlanHooks;

  constructor(path: string, api: Api, actions: ActionRunner, hooks: PlanHooks) {
    this.#path = path;
    this.#api = api;
    this.#actions = actions;
    this.#hooks = hooks;
  }

  /** Puts a segment at the end of the plan. */
  addSegment(data: Timing & { readonly title: string }): Promise<boolean> {
    return this.#change('POST', '/items', { kind: 'segment', data });
  }

  /** Puts a row that was prepared elsewhere at the end of the plan. */
  addRow(kind: PlannedKind, id: string): Promise<boolean> {
    return this.#change('POST', '/items', { kind, data: { [`${kind}_id`]: id } });
  }

  /** Changes a segment, or when the turn of an item of another kind comes. */
  changeItem(itemId: string, data: Partial<Timing> & { readonly title?: string }): Promise<boolean> {
    return this.#change('PATCH', `/items/${itemId}`, { data });
  }

  /** Takes an item that is no product out of the plan. */
  removeItem(itemId: string): Promise<boolean> {
    return this.#change('DELETE', `/items/${itemId}`);
  }

  /** Moves an item of the plan by one place. */
  moveItem(itemId: string, step: number): Promise<boolean> {
    const order = this.#hooks.state().plan.map((item) => item.item_id);
    return this.#change('PUT', '', { item_ids: moved(order, itemId, order.indexOf(itemId) + step) });
  }

  #change(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<boolean> {
    return this.#actions.run('rundown', async () => {
      this.#hooks.takePlan(await this.#api.request(`${this.#path}/plan${path}`, { method, body }));
    });
  }

  // Cues

  /** Gives the item after the current one its turn. */
  async next(): Promise<boolean> {
    const { plan, cue } = this.#hooks.state();
    const item = followingItem(plan, cue);
    return item ? this.give(item) : false;
  }

  /** Gives an item its turn, from the picture that the producer sees now. */
  give(item: PlanItem): Promise<boolean> {
    return this.#actions.runUndoable('cue', async () => {
      const after = this.#hooks.state().cue?.cue_id ?? null;
      const body = { item_id: item.item_id, after, ...this.#actions.picture() };
      const given = await this.#api.request<CueView>(`${this.#path}/cues`, { method: 'POST', body });
      this.#hooks.takeCue(given);
      this.#actions.offer(t('cues.given', { name: item.title }), async () => {
        const path = `${this.#path}/cues/${given.cue_id}${this.#actions.pictureQuery()}`;
        this.#hooks.takeCue(await this.#api.request<CueView | null>(path, { method: 'DELETE' }));
      });
    });
  }

  /** Lets the next item wait for a person, or come by itself again. */
  hold(held: boolean): Promise<boolean> {
    return this.#actions.run('cue', async () => {
      const { cue } = this.#hooks.state();
      if (!cue) return;
      this.#hooks.takeCue(await this.#api.request<CueView>(`${this.#path}/cues/${cue.cue_id}`, { method: 'PATCH', body: { held } }));
    });
  }
}
