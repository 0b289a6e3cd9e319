/** Pieces that several parts of the console draw. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../ui/icon.ts';

export function errorLine(error: string | undefined, testId?: string): TemplateResult | typeof nothing {
  return error ? html`<p class="sf-error" role="alert" data-testid=${testId ?? nothing}>${icon('circle-alert')} <span>${error}</span></p>` : nothing;
}

/** Stands in a list's place until it is here. */
export function waitingLines(): TemplateResult {
  return html`<div class="sf-wait" aria-hidden="true"><div class="sf-skeleton sf-skeleton--line"></div><div class="sf-skeleton sf-skeleton--line"></div></div>`;
}
