/** Asks before the picture of a running show is taken away. */
import { html } from 'lit';
import { frame, renderForm } from '../console/dialogs.ts';
import { t } from './texts.ts';

export function renderStopDialog(onStop: () => void, onClose: () => void) {
  const submit = html`<button class="sf-button sf-button--danger" data-testid="studio-stop-confirm">${t('stop.yes')}</button>`;
  return frame('stop', t('stop.title'), renderForm(html`<p>${t('stop.words')}</p>`, submit, onStop), onClose);
}
