/** `<sf-warning>`: a moderator's warning, to be read before one writes again. */
import { html, nothing } from 'lit';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

export class SfWarning extends AppElement {
  static override topics: readonly Topic[] = ['talk'];
  /** It opens by itself once; then at the button in the composer's place. */
  #shownId: string | null = null;

  override render() {
    const { warning } = this.app.talk;
    if (!warning) return nothing;
    return html`<dialog class="sf-dialog" aria-labelledby="sf-warning-title" data-testid="warning">
      <div class="sf-stack">
        <h2 id="sf-warning-title" class="sf-row">${icon('triangle-alert')}${t('warning')}</h2>
        <p data-testid="warning-reason" dir="auto">${warning.reason}</p>
        <p class="sf-soft sf-small">${t('warning.text')}</p>
        <div class="sf-row sf-row--wrap">
          <button
            class="sf-button sf-button--primary"
            data-testid="warning-acknowledge"
            ?disabled=${this.app.talk.isBusy('acknowledge')}
            @click=${() => this.#acknowledge(warning.id)}
          >
            ${t('warning.understood')}
          </button>
          <button class="sf-button sf-button--quiet" @click=${() => this.#dialog?.close()}>${t('warning.later')}</button>
        </div>
      </div>
    </dialog>`;
  }

  protected override updated(): void {
    const { warning } = this.app.talk;
    if (!warning || warning.id === this.#shownId) return;
    this.#shownId = warning.id;
    this.open();
  }

  open(): void {
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }

  async #acknowledge(id: string): Promise<void> {
    try {
      await this.app.talk.acknowledge(id);
      this.#dialog?.close();
    } catch (error) {
      this.app.tellProblem(error);
    }
  }
}
