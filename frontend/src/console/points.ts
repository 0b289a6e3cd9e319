/**
 * What the producer opens for viewers beside polls: giveaways and activation points. No DOM. The lists are the
 * server's; a change on the timeline says that they are old.
 */
import type { Api } from '../api/client.ts';
import type { ActivationIn, GiveawayIn, StaffActivation, StaffGiveaway } from '../api/schema.ts';
import type { ViewState } from '../timeline-client/index.ts';
import type { ActionRunner } from './action-runner.ts';
import { t } from './texts.ts';

/** Entries each tick must not become a request each tick. */
const REFRESH_MS = 1000;

/** `offerUndo` of the talk: how the last line of the log of an action is taken back. */
type OfferUndo = (words: string, action: string, target: string) => void;

export class Points {
  giveaways: readonly StaffGiveaway[] | null = null;
  activations: readonly StaffActivation[] | null = null;
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;
  readonly #changed: () => void;
  readonly #offerUndo: OfferUndo;
  #noted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(path: string, api: Api, actions: ActionRunner, changed: () => void, offerUndo: OfferUndo) {
    this.#path = path;
    this.#api = api;
    this.#actions = actions;
    this.#changed = changed;
    this.#offerUndo = offerUndo;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** What is on air, of both sorts. */
  get openCount(): number {
    return [...(this.giveaways ?? []), ...(this.activations ?? [])].filter(({ state }) => state === 'open').length;
  }

  watch({ giveaways, activations }: ViewState): void {
    const points = activations.map(({ id, isTaking, count }) => `${id} ${String(isTaking)} ${String(count?.taken)}`).join();
    const now = points + giveaways.map(({ id, isTaking, count, result }) => `${id} ${String(isTaking)} ${String(count)} ${String(result?.winning)}`).join();
    if (now !== this.#noted) this.refresh(REFRESH_MS);
    this.#noted = now;
  }

  refresh(inMs = 0): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#fetch(), inMs);
  }

  async #fetch(): Promise<void> {
    await this.#actions.runInBackground('list:points', async () => {
      [this.giveaways, this.activations] = await Promise.all([
        this.#api.request<StaffGiveaway[]>(`${this.#path}/giveaways`),
        this.#api.request<StaffActivation[]>(`${this.#path}/activations`),
      ]);
    });
    this.#changed();
  }

  save(draft: GiveawayIn): Promise<boolean> {
    return this.#actions.run(FORM, async () => {
      await this.#api.request(`${this.#path}/giveaways`, { method: 'POST', body: draft });
      this.refresh();
      this.#actions.say(t('draws.saved'));
    });
  }

  openNow(id: string, seconds: number): Promise<boolean> {
    return this.#actions.runUndoable(pointPlace(id), async () => {
      await this.#post(id, 'open', { seconds, ...this.#actions.picture() });
      this.#offerUndo(t('draws.opened'), 'giveaway.opened', id);
    });
  }

  end(id: string, verb: 'close' | 'withdraw'): Promise<boolean> {
    return this.#actions.run(pointPlace(id), async () => {
      await this.#post(id, verb, verb === 'close' ? this.#actions.picture() : {});
      this.#actions.say(t(verb === 'close' ? 'draws.closedNow' : 'draws.withdrawn'));
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#actions.run(pointPlace(id), async () => {
      await this.#api.request(`${this.#path}/giveaways/${id}`, { method: 'DELETE' });
      this.refresh();
    });
  }

  savePoint(draft: ActivationIn): Promise<boolean> {
    return this.#actions.run(POINT_FORM, async () => {
      await this.#api.request(`${this.#path}/activations`, { method: 'POST', body: draft });
      this.refresh();
      this.#actions.say(t('points.saved'));
    });
  }

  openPoint(id: string): Promise<boolean> {
    return this.#actions.runUndoable(pointPlace(id), async () => {
      await this.#post(id, 'open', this.#actions.picture(), 'activations');
      this.#offerUndo(t('points.opened'), 'activation.opened', id);
    });
  }

  closePoint(id: string): Promise<boolean> {
    return this.#actions.run(pointPlace(id), async () => {
      await this.#post(id, 'close', this.#actions.picture(), 'activations');
      this.#actions.say(t('points.closed'));
    });
  }

  withdrawPoint(id: string): Promise<boolean> {
    return this.#actions.run(pointPlace(id), async () => {
      await this.#post(id, 'withdraw', {}, 'activations');
      this.#actions.say(t('draws.withdrawn'));
    });
  }

  removePoint(id: string): Promise<boolean> {
    return this.#actions.run(pointPlace(id), async () => {
      await this.#api.request(`${this.#path}/activations/${id}`, { method: 'DELETE' });
      this.refresh();
    });
  }

  answersHref(id: string): string {
    return `${this.#api.base}${this.#path}/activations/${id}/answers.csv`;
  }

  prizesHref(id: string): string {
    return `${this.#api.base}${this.#path}/giveaways/${id}/prizes.csv`;
  }

  async #post(id: string, verb: string, body: unknown, of = 'giveaways'): Promise<void> {
    await this.#api.request(`${this.#path}/${of}/${id}/${verb}`, { method: 'POST', body });
    this.refresh();
  }
}

export const FORM = 'giveaway-form';
export const POINT_FORM = 'activation-form';

export function pointPlace(id: string): string {
  return `point:${id}`;
}
