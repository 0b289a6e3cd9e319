/** `<sf-selling-pause>`: the bar that says why nothing can be bought now, and the line above buttons that are off meanwhile. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock } from '../format/index.ts';
import type { SellingPause } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic, ViewerApp } from './app.ts';
import { AppElement } from './element.ts';
import { say, type PauseText } from './pause-texts/index.ts';

const REASONS: Readonly<Record<string, PauseText>> = { price: 'price', technical: 'technical' };

function why({ reason, words }: SellingPause): string {
  return words || say(REASONS[reason] ?? 'other');
}

export class SfSellingPause extends AppElement {
  static override topics: readonly Topic[] = ['view'];

  override render() {
    const { selling } = this.app.view;
    if (!selling) return nothing;
    return html`<div class="sf-banner" role="status" data-testid="selling-paused" data-reason=${selling.reason}>
      ${icon('pause')}
      <p class="sf-banner__text" dir="auto"><b>${say('paused')}</b> ${why(selling)} <span class="sf-soft">${say('timers')}</span></p>
    </div>`;
  }
}

/** The line beside a button that is off. */
export function pauseNote(app: ViewerApp): TemplateResult | typeof nothing {
  const { selling } = app.view;
  return selling ? html`<p class="sf-notice" data-testid="pause-note">${icon('pause')}<span dir="auto">${say('paused')} ${why(selling)}</span></p>` : nothing;
}

/** The words of a timer that stands still; null where it runs. */
export function stillText(timeLeftS: number | null): string | null {
  return timeLeftS === null ? null : say('still', { time: formatClock(timeLeftS) });
}

export const elements = { 'sf-selling-pause': SfSellingPause };
