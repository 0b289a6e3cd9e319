/** `<sf-composer>`: one line to write in. A name is chosen on the spot; whatever goes wrong, the draft stays. */
import { html, nothing } from 'lit';
import { ApiError } from '../api/client.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { errorLine } from './parts.ts';

const TEXT_MAX = 200;
const NAME_MAX = 40;
/** The rest of the characters is told when it becomes little. */
const TELL_FROM = 160;

export class SfComposer extends AppElement {
  static override topics: readonly Topic[] = ['view', 'viewer', 'layout'];
  static override properties = {
    draft: { state: true },
    error: { state: true },
    isNaming: { state: true },
    isBusy: { state: true },
    waitS: { state: true },
  };
  declare draft: string;
  declare error: string;
  declare isNaming: boolean;
  declare isBusy: boolean;
  declare waitS: number;
  #messageId: string | null = null;
  #isBanned = false;
  #waitTimer = 0;

  constructor() {
    super();
    this.draft = '';
    this.error = '';
    this.isNaming = false;
    this.isBusy = false;
    this.waitS = 0;
  }

  override render() {
    if (this.app.view.state === 'ended') return html`<p class="sf-composer__closed">${t('chat.closed')}</p>`;
    if (this.#isBanned || this.app.timeline.isBanned) {
      return html`<p class="sf-composer__closed" data-testid="chat-banned">${t('chat.banned')}</p>`;
    }
    return this.isNaming ? this.#nameForm() : this.#messageForm();
  }

  #messageForm() {
    const name = this.app.viewer?.name;
    return html`<form class="sf-composer" @submit=${(event: Event) => this.#submit(event)} novalidate>
      <div class="sf-composer__line">
        <label class="sf-visually-hidden" for="sf-message">${t('chat.message')}</label>
        <input
          id="sf-message"
          class="sf-input"
          data-testid="chat-input"
          autocomplete="off"
          enterkeyhint="send"
          maxlength=${TEXT_MAX}
          placeholder=${t('chat.placeholder')}
          aria-invalid=${this.error ? 'true' : 'false'}
          aria-describedby="chat-error"
          .value=${this.draft}
          @input=${(event: Event) => this.#typed((event.target as HTMLInputElement).value)}
        />
        <button
          class="sf-button sf-button--primary sf-button--icon"
          data-testid="chat-send"
          aria-label=${t('chat.send')}
          ?disabled=${this.isBusy || this.waitS > 0 || !this.draft.trim()}
        >
          ${icon('send')}
        </button>
      </div>
      ${errorLine('chat-error', this.waitS > 0 ? t('chat.wait', { seconds: this.waitS }) : this.error)}
      ${this.draft.length >= TELL_FROM
        ? html`<p class="sf-help">${t('chat.characters', { count: this.draft.length, max: TEXT_MAX })}</p>`
        : nothing}
      ${name
        ? html`<p class="sf-composer__as">
            <span class="sf-clip">${t('chat.as', { name })}</span>
            ${this.app.viewer?.role === 'guest'
              ? html`<button type="button" class="sf-link sf-link--target" data-testid="chat-rename" @click=${() => this.#askName()}>${t('chat.name-change')}</button>`
              : nothing}
          </p>`
        : nothing}
    </form>`;
  }

  #nameForm() {
    return html`<form class="sf-composer" @submit=${(event: Event) => this.#saveName(event)} novalidate>
      <label class="sf-field__label" for="sf-name">${t('chat.name')}</label>
      <div class="sf-composer__line">
        <input
          id="sf-name"
          class="sf-input"
          data-testid="name-input"
          autocomplete="nickname"
          enterkeyhint="done"
          maxlength=${NAME_MAX}
          placeholder=${t('chat.name-placeholder')}
          aria-invalid=${this.error ? 'true' : 'false'}
          aria-describedby="name-error name-help"
          .value=${this.app.viewer?.name ?? ''}
        />
        <button class="sf-button sf-button--primary sf-button--icon" data-testid="name-save" aria-label=${t('chat.name-save')} ?disabled=${this.isBusy}>
          ${icon('check')}
        </button>
        <button
          type="button"
          class="sf-button sf-button--icon"
          aria-label=${t('cancel')}
          data-testid="name-cancel"
          @click=${() => this.#leaveName()}
        >
          ${icon('x')}
        </button>
      </div>
      ${errorLine('name-error', this.error)}
      <p class="sf-help" id="name-help">${t('chat.name-help')}</p>
    </form>`;
  }

  #typed(text: string): void {
    if (text !== this.draft) this.#messageId = null; // another text is another message
    this.draft = text;
    this.error = '';
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (!this.draft.trim() || this.isBusy || this.waitS > 0) return;
    if (this.app.viewer?.name) void this.#send();
    else this.#askName();
  }

  #askName(): void {
    this.error = '';
    this.isNaming = true;
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('#sf-name')?.focus());
  }

  #leaveName(): void {
    this.error = '';
    this.isNaming = false;
    void this.updateComplete.then(() => this.querySelector<HTMLInputElement>('#sf-message')?.focus());
  }

  async #saveName(event: Event): Promise<void> {
    event.preventDefault();
    const name = this.querySelector<HTMLInputElement>('#sf-name')?.value.trim() ?? '';
    if (!name) {
      this.error = t('checkout.missing');
      return;
    }
    this.isBusy = true;
    try {
      await this.app.api.setName(name);
      this.#leaveName();
    } catch (error) {
      this.#explain(error);
      return;
    } finally {
      this.isBusy = false;
    }
    if (this.draft.trim()) await this.#send();
  }

  async #send(): Promise<void> {
    this.isBusy = true;
    this.error = '';
    // The same key for the same text: an answer that was lost on the way must not make two messages.
    this.#messageId ??= this.app.newMessageId();
    try {
      await this.app.say(this.draft.trim(), this.#messageId);
      this.#messageId = null;
      this.draft = '';
    } catch (error) {
      this.#explain(error);
    } finally {
      this.isBusy = false;
    }
  }

  #explain(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 429) this.#wait(Math.ceil(error.problem.retry_after_s ?? 5));
    else if (error.code === 'banned') this.#isBanned = true;
    else this.error = error.isUncertain ? t('chat.failed') : error.problem.detail || t('chat.failed');
    this.requestUpdate();
  }

  #wait(seconds: number): void {
    clearInterval(this.#waitTimer);
    this.waitS = seconds;
    this.#waitTimer = window.setInterval(() => {
      this.waitS -= 1;
      if (this.waitS <= 0) clearInterval(this.#waitTimer);
    }, 1000);
  }
}
