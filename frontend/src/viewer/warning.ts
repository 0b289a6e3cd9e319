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
  #openedBy: Element | null = null;

  protected override appConnected(): void {
    this.listen(this.app.signals.showWarning, () => this.open());
  }

  override render() {
    const { warning } = this.app.talk;
    if (!warning) return nothing;
    return html`<dialog class="sf-dialog" aria-labelledby=${this.app.id('warning-title')} data-testid="warning" @close=${() => this.#restoreFocus()}>
      <div class="sf-stack">
        <h2 id=${this.app.id('warning-title')} class="sf-row">${icon('triangle-alert')}${t('warning')}</h2>
        <p data-testid="warning-reason" dir="auto">${warning.reason || t('warning.no-reason')}</p>
        <p class="sf-soft sf-small">${t('warning.text')}</p>
        <div class="sf-row sf-row--wrap">
          <button
            class="sf-button sf-button--primary"
            data-testid="warning-acknowledge"
            aria-busy=${this.app.talk.isBusy('acknowledge')}
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
    if (!warning) this.#restoreFocus();
    if (!warning || warning.id === this.#shownId) return;
    this.#shownId = warning.id;
    this.open();
  }

  open(): void {
    if (!this.#dialog || this.#dialog.open) return;
    this.#openedBy = document.activeElement;
    this.#dialog.showModal();
  }

  /** The field from which a warning took it may be gone, or the button that led to it. */
  #restoreFocus(): void {
    if (this.#dialog?.open) return; // opened again before its closing was told
    const opener = this.#openedBy;
    this.#openedBy = null;
    if (document.activeElement !== document.body) return; // the browser has put it back
    if (opener && !opener.isConnected) this.app.signals.focusComposer.send(undefined);
    else if (opener instanceof HTMLElement) opener.focus();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.querySelector('dialog');
  }

  async #acknowledge(id: string): Promise<void> {
    try {
      await this.app.talk.acknowledge(id);
    } catch (error) {
      this.app.tellProblem(error);
    }
  }
}
