/** Encoders that were refused: the time, the reason and the remedy. */
import { html, nothing } from 'lit';
import { formatTime } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { encoderWords } from './health.ts';
import type { RefusedAttempt } from './model.ts';
import { t } from './texts.ts';

export function renderRefused(attempts: readonly RefusedAttempt[]) {
  if (!attempts.length) return nothing;
  return html`<section class="sf-refused" role="status" data-testid="refused" aria-label=${t('refused.title')}>
    ${icon('circle-alert')}
    <ul>
      ${attempts.map(
        (one) => html`<li data-testid="refused-attempt" data-cause=${one.cause}>
          <strong>${one.words}</strong> ${one.advice}
          <p class="sf-soft sf-small sf-figures">${whoWords(one)}</p>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** "20:14, OBS 31 from 192.0.2.7, tried 3 times" */
export function whoWords({ at, count, encoder, address }: RefusedAttempt): string {
  const name = encoderWords(encoder) || t('refused.anEncoder');
  const who = address ? t('refused.from', { name, address }) : name;
  return [formatTime(at), who, count > 1 ? t('refused.times', { count }) : ''].filter(Boolean).join(', ');
}
