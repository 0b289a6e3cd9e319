/** `<sf-name-form>`: the choice of the viewer's name; `error` says why it has to be another. Fires `named` and `left`. */
import { html } from 'lit';
import { ApiError } from '../api/client.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { AppElement } from './element.ts';
import { errorLine } from './shared-templates.ts';
import { problemText } from './problem-text.ts';

const NAME_MAX = 40;

export class SfNameForm extends AppElement {
  static override properties = { error: { attribute: false }, isBusy: { state: true } };
  declare error: string;
  declare isBusy: boolean;

  constructor() {
    super();
    this.error = '';
    this.isBusy = false;
  }

  override render() {
    return html`<form class="sf-composer" @submit=${(event: Event) => this.#save(event)} novalidate>
      <label class="sf-field__label" for=${this.app.id('name')}>${t('chat.name')}</label>
      <div class="sf-composer__line">
        <input
          id=${this.app.id('name')}
          class="sf-input"
          data-testid="name-input"
          autocomplete="nickname"
          enterkeyhint="done"
          maxlength=${NAME_MAX}
          placeholder=${t('chat.name-placeholder')}
          aria-invalid=${this.error ? 'true' : 'false'}
          aria-describedby="${this.app.id('name-error')} ${this.app.id('name-help')}"
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
          @click=${() => this.dispatchEvent(new Event('left'))}
        >
          ${icon('x')}
        </button>
      </div>
      ${errorLine(this.app, 'name-error', this.error)}
      <p class="sf-help" id=${this.app.id('name-help')}>${t('chat.name-help')}</p>
    </form>`;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>('input')?.focus();
  }

  async #save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isBusy) return;
    const name = this.querySelector<HTMLInputElement>('input')?.value.trim() ?? '';
    if (!name) {
      this.error = t('checkout.missing');
      return;
    }
    this.isBusy = true;
    try {
      await this.app.setName(name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.error = problemText(error);
      return;
    } finally {
      this.isBusy = false;
    }
    this.dispatchEvent(new Event('named'));
  }
}
