/** Where the show goes besides its own page: each destination with its state in words, and a switch. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import type { ShownRestream } from './model.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

const SIGNS: Readonly<Record<string, string>> = {
  off: 'minus',
  waiting: 'clock',
  connecting: 'refresh-cw',
  live: 'radio',
  slate: 'image',
  failed: 'circle-alert',
};

export function renderRestreams(session: Session) {
  const { restreams } = session.state;
  if (!restreams.length) return nothing;
  const live = restreams.filter((one) => one.state === 'live').length;
  const failed = restreams.some((one) => one.state === 'failed');
  return html`<details class="sf-panel sf-stream__panel sf-restreams" data-testid="restreams" ?open=${failed}>
    <summary>
      ${icon(failed ? 'circle-alert' : 'radio')}
      <span>${t('restreams.title')}</span>
      <span class="sf-badge ${failed ? 'sf-badge--warning' : ''}">${t('restreams.count', { live, all: restreams.length })}</span>
    </summary>
    <ul class="sf-restreams__list">
      ${restreams.map((one) => renderOne(session, one))}
    </ul>
  </details>`;
}

function renderOne(session: Session, one: ShownRestream) {
  const place = `restream:${one.destination_id}`;
  const error = session.errorAt(place);
  const act = t(one.is_wanted ? 'restreams.stop' : 'restreams.start');
  return html`<li class="sf-restreams__one" data-testid=${`restream-${one.destination_id}`} data-state=${one.state}>
    <span class="sf-restreams__sign">${icon(SIGNS[one.state] ?? 'minus')}</span>
    <span class="sf-restreams__words">
      <strong>${one.name}</strong> <span class="sf-soft sf-small">${one.host}</span>
      <span class="sf-restreams__state sf-small sf-figures" role=${one.state === 'failed' ? 'alert' : nothing}>${one.words || t('restreams.off')}</span>
      ${one.advice ? html`<span class="sf-soft sf-small">${one.advice}</span>` : nothing}
      ${error ? html`<span class="sf-error" role="alert">${icon('circle-alert')} <span>${error}</span></span>` : nothing}
    </span>
    ${session.mayProduce
      ? html`<button
          class="sf-button sf-button--small"
          aria-label=${`${act}: ${one.name}`}
          aria-busy=${session.isBusy(place)}
          @click=${() => void session.setRestream(one.destination_id, !one.is_wanted)}
        >
          ${act}
        </button>`
      : nothing}
  </li>`;
}
