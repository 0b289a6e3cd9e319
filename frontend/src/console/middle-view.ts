/** The middle of the console below the preview: the stream's health in words, and the numbers that matter now. */
import { html, nothing } from 'lit';
import { formatClock, formatCount, formatMoney } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { sourceWords, verdictOf, type Warning } from './health.ts';
import { elapsedS, isConnecting, type ConsoleState } from './model.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

/** The figures are called old when three polls have failed. */
const OLD_S = 7;

const SIGNS = { good: 'circle-check', fair: 'triangle-alert', bad: 'circle-alert' } as const;

export function renderHealth(state: ConsoleState) {
  const { health } = state;
  if (state.state === 'ended') return nothing;
  if (!health) {
    return html`<div class="sf-health sf-health--none" data-testid="health" data-level="none">
      <p class="sf-health__words">${icon('wifi-off')} <span>${t('health.none')}</span></p>
      ${renderDisk(state)}
      ${renderWarnings(state.warnings)}
    </div>`;
  }
  if (isConnecting(health)) {
    return html`<div class="sf-health sf-health--fair" data-testid="health" data-level="connecting">
      <p class="sf-health__words">${icon('radio')} <span>${t('health.connecting')}</span></p>
      ${renderWarnings(state.warnings)}
    </div>`;
  }
  const verdict = verdictOf(health, state.warnings);
  return html`<div class="sf-health sf-health--${verdict.level}" data-testid="health" data-level=${verdict.level}>
    <p class="sf-health__words sf-figures">${icon(SIGNS[verdict.level])} <span>${verdict.words}</span></p>
    <p class="sf-health__source sf-soft sf-small">${sourceWords(health)}</p>
    ${renderDisk(state)}
    ${renderWarnings(verdict.warnings)}
  </div>`;
}

/** The room for the recording, before the show too. A disk that takes nothing more is a warning of its own. */
function renderDisk({ disk }: ConsoleState) {
  if (!disk?.recording) return nothing;
  const hours = disk.hours_left < 10 ? disk.hours_left : Math.floor(disk.hours_left);
  const words = t('health.disk', { hours, free: Math.floor(disk.free_gb) });
  return html`<p class="sf-health__source sf-soft sf-small" data-testid="disk-room">${words}</p>`;
}

function renderWarnings(warnings: readonly Warning[]) {
  if (!warnings.length) return nothing;
  return html`<ul class="sf-health__warnings">
    ${warnings.map((one) => html`<li><strong>${one.words}</strong> ${one.advice}</li>`)}
  </ul>`;
}

export function renderNumber(testId: string, label: string, value: unknown, note = '') {
  return html`<div class="sf-number" data-testid=${testId}>
    <dt>${label}</dt>
    <dd class="sf-figures">${value}</dd>
    ${note ? html`<dd class="sf-number__note sf-figures">${note}</dd>` : nothing}
  </div>`;
}

function timerWords(session: Session): string {
  const elapsed = elapsedS(session.state, session.serverNowMs());
  return elapsed === null ? '–:––' : formatClock(elapsed);
}

export function renderNumbers(session: Session) {
  const { state } = session;
  if (!state.loaded) {
    return html`<div class="sf-numbers" aria-hidden="true">
      ${[1, 2, 3, 4].map(() => html`<div class="sf-skeleton sf-number--skeleton"></div>`)}
    </div>`;
  }
  return html`<dl class="sf-numbers">
    ${renderNumber('console-timer', t('numbers.timer'), ticking(() => timerWords(session)))}
    ${renderNumber(
      'stat-viewers',
      t('numbers.viewers'),
      formatCount(state.viewers),
      state.peak > state.viewers ? t('numbers.peak', { n: state.peak }) : '',
    )}
    ${renderNumber('stat-carts', t('numbers.carts'), formatCount(state.carts))}
    ${renderNumber(
      'stat-sales',
      t('numbers.sales'),
      formatMoney(state.sales.amount, state.sales.currency),
      t('numbers.orders', { count: state.orders }),
    )}
  </dl>
  ${session.mayProduce ? html`<p class="sf-small"><a href=${`/console${session.path}/sales`} data-testid="to-sales">${t('sales.link')}</a></p>` : nothing}`;
}

/** The notice that the figures are old, or that others' actions do not arrive. */
export function renderConnection(session: Session) {
  const error = session.errorAt('poll') ?? session.errorAt('snapshot');
  if (session.ageS > OLD_S || (error && !session.state.loaded)) {
    const words = session.state.loaded ? t('connection.old', { n: Math.round(session.ageS) }) : '';
    return html`<p class="sf-notice sf-notice--danger" role="alert" data-testid="connection">
      ${icon('wifi-off')} <span>${words} ${error ?? ''}</span>
    </p>`;
  }
  return nothing;
}

/** After the end: what became of the show, and the way to its replay. */
export function renderSummary(session: Session) {
  const { state } = session;
  const length = elapsedS(state, session.serverNowMs()) ?? 0;
  return html`<section class="sf-summary" data-testid="summary">
    ${icon('circle-check')}
    <h2>${t('summary.title')}</h2>
    <p class="sf-soft">${t('summary.lead')}</p>
    <dl class="sf-numbers sf-numbers--summary">
      ${renderNumber('summary-length', t('summary.length'), formatClock(length))}
      ${renderNumber('summary-peak', t('summary.peak'), formatCount(state.peak))}
      ${renderNumber('summary-messages', t('summary.messages'), formatCount(state.messages))}
      ${renderNumber('summary-orders', t('summary.orders'), formatCount(state.orders))}
      ${renderNumber('summary-sales', t('numbers.sales'), formatMoney(state.sales.amount, state.sales.currency))}
    </dl>
    <div class="sf-row sf-row--wrap">
      <a class="sf-button sf-button--primary" href=${session.path} data-testid="replay-link">
        ${icon('play')} ${t('summary.replay')}
      </a>
      <a class="sf-button" href=${session.allShowsHref}>${t('summary.allShows')}</a>
    </div>
  </section>`;
}
