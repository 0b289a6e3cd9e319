/** What comments buy in the show: read when its form opens, and written as a whole. No DOM. */
import type { Api } from '../api/client.ts';
import type { BuyingIn, BuyingView } from '../api/schema.ts';
import type { ActionRunner } from './action-runner.ts';
import { t } from './texts.ts';

/** The place of the errors of the form. */
export const COMMENT_FORM = 'comment:form';

export class CommentBuying {
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;

  constructor(path: string, api: Api, actions: ActionRunner) {
    this.#path = `${path}/comment-buying`;
    this.#api = api;
    this.#actions = actions;
  }

  read(): Promise<BuyingView> {
    return this.#api.request<BuyingView>(this.#path);
  }

  save(setting: BuyingIn): Promise<boolean> {
    return this.#actions.run(COMMENT_FORM, async () => {
      await this.#api.request<BuyingView>(this.#path, { method: 'PUT', body: setting });
      this.#actions.say(t(setting.is_on ? 'comments.isOn' : 'comments.isOff'));
    });
  }
}
