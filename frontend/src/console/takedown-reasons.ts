/** The rules that something can break: its author gets a statement of the one that is chosen. */
import { html, type TemplateResult } from 'lit';
import { t } from './texts.ts';

export const BY_DEFAULT = 'rules';

/** A choice of the rule. `onChange`: told at once, where no form is sent. */
export function reasonSelect(testId: string, chosen = BY_DEFAULT, onChange?: (value: string) => void): TemplateResult {
  const reasons = [
    [BY_DEFAULT, t('chat.why.rules')],
    ['spam', t('chat.why.spam')],
    ['insult', t('chat.why.insult')],
    ['privacy', t('chat.why.privacy')],
    ['off-topic', t('chat.why.offTopic')],
  ] as const;
  return html`<select
    class="sf-select"
    name="why"
    data-testid=${testId}
    aria-label=${t('chat.why')}
    title=${t('chat.why')}
    @change=${(event: Event) => onChange?.((event.target as HTMLSelectElement).value)}
  >
    ${reasons.map(([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`)}
  </select>`;
}
