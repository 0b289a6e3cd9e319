/** The teleprompter's text in the studio. The window stays until the server has kept it. */
import { html } from 'lit';
import { frame, renderWork, text } from '../../console/dialogs.ts';
import { t } from '../texts.ts';
import type { Teleprompter } from './teleprompter.ts';

const CHARS_MAX = 20_000;

export function renderPrompterDialog(teleprompter: Teleprompter, onClose: () => void) {
  const body = html`<div class="sf-field">
    <label for="studio-prompter-text">${t('prompter.text')}</label>
    <textarea id="studio-prompter-text" class="sf-textarea" name="text" rows="12" maxlength=${CHARS_MAX} data-testid="prompter-text" .value=${teleprompter.text}></textarea>
    <p class="sf-help">${t('prompter.help')}</p>
  </div>`;
  const submit = html`<button class="sf-button sf-button--primary" data-testid="prompter-keep">${t('prompter.keep')}</button>`;
  return frame('prompter', t('prompter.title'), renderWork(body, submit, teleprompter.error, (data) => teleprompter.keep(text(data, 'text'))), onClose);
}
