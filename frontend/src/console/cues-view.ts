/** The bar above the rundown: what is on, for how long, what comes next, and how the show keeps to its plan. */
import { html, nothing } from 'lit';
import { formatClock } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { behindS, comesByItself, currentItem, followingItem, leftS } from './cues.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

/** Less than this is on time. */
const ON_TIME_S = 30;

export function renderCues(session: Session) {
  const { state } = session;
  if (state.state !== 'live' || !state.plan.length) return nothing;
  const now = currentItem(state.plan, state.cue);
  const next = followingItem(state.plan, state.cue);
  return html`<section class="sf-cues" aria-label=${t('cues.title')} data-testid="cues">
    <div class="sf-cues__now">
      <p class="sf-cues__line">
        <span class="sf-soft sf-small">${t('cues.now')}</span>
        <strong class="sf-clip" dir="auto" data-testid="cue-now">${state.cue ? (now?.title ?? state.cue.title) : t('cues.none')}</strong>
      </p>
      <p class="sf-cues__times sf-figures sf-small">${ticking(() => timeWords(session))} ${ticking(() => driftWords(session))}</p>
      ${now?.cue ? html`<p class="sf-segment__cue" dir="auto">${now.cue}</p>` : nothing}
    </div>
    ${next ? renderNext(session, next.title) : html`<p class="sf-soft sf-small">${t('cues.last')}</p>`}
    ${renderError(session)}
  </section>`;
}

function renderNext(session: Session, title: string) {
  const { plan, cue } = session.state;
  const isComing = comesByItself(plan, cue);
  return html`<div class="sf-cues__next">
    <p class="sf-cues__line"><span class="sf-soft sf-small">${t('cues.next')}</span> <span class="sf-clip" dir="auto" data-testid="cue-next">${title}</span></p>
    ${isComing ? html`<p class="sf-small sf-figures" data-testid="cue-countdown">${ticking(() => countdownWords(session))}</p>` : nothing}
    ${session.mayModerate
      ? html`<div class="sf-row">
          ${isComing
            ? html`<button class="sf-button" data-testid="cue-hold" aria-pressed=${cue?.held ?? false} @click=${() => void session.plan.hold(!cue?.held)}>
                ${icon(cue?.held ? 'play' : 'pause')} ${t(cue?.held ? 'cues.release' : 'cues.hold')}
              </button>`
            : nothing}
          <button class="sf-button sf-button--primary sf-button--large" data-testid="cue-go" title="N" aria-busy=${session.isBusy('cue')} @click=${() => void session.plan.next()}>
            ${icon('chevron-right')} ${t('cues.go')}
          </button>
        </div>`
      : nothing}
  </div>`;
}

function renderError(session: Session) {
  const words = session.errorAt('cue');
  return words ? html`<p class="sf-error" role="alert" data-testid="error-cue">${icon('circle-alert')} <span>${words}</span></p>` : nothing;
}

function timeWords(session: Session): string {
  const { plan, cue } = session.state;
  if (!cue) return '';
  const since = formatClock((session.serverNowMs() - Date.parse(cue.reached_at)) / 1000);
  const minutes = currentItem(plan, cue)?.minutes;
  return minutes === null || minutes === undefined ? t('cues.since', { time: since }) : t('cues.of', { time: since, planned: formatClock(minutes * 60) });
}

function countdownWords(session: Session): string {
  const { plan, cue } = session.state;
  if (cue?.held) return t('cues.held');
  const left = leftS(currentItem(plan, cue), cue, session.serverNowMs()) ?? 0;
  return t('cues.byItself', { time: formatClock(Math.ceil(Math.max(0, left))) });
}

function driftWords(session: Session): unknown {
  const { plan, cue, started_at: startedAt } = session.state;
  const drift = behindS(plan, cue, startedAt === null ? null : Date.parse(startedAt), session.serverNowMs());
  if (drift === null) return nothing;
  const time = formatClock(Math.abs(drift));
  if (Math.abs(drift) < ON_TIME_S) return html`<span class="sf-badge">${t('cues.onTime')}</span>`;
  return drift > 0
    ? html`<span class="sf-badge sf-badge--warning" data-testid="cue-drift">${t('cues.behind', { time })}</span>`
    : html`<span class="sf-badge" data-testid="cue-drift">${t('cues.ahead', { time })}</span>`;
}
