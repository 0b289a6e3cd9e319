/**
 * The two encoders of a show: which one is on air since when and why, what is wrong with each, and the choice. Below
 * them the pictures that go to viewers as they come; the reason why others do not is a warning of the server's.
 */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import { encoderWords } from './health.ts';
import type { IngestHealth, SourceState } from './model.ts';
import type { Session } from './session.ts';
import { t, type ConsoleText } from './texts.ts';

const NAMES: Record<SourceState['role'], ConsoleText> = { primary: 'sources.primary', backup: 'sources.backup' };

const FAULTS: Record<string, ConsoleText> = {
  lost: 'sources.lost',
  black: 'sources.black',
  still: 'sources.still',
  silent: 'sources.silent',
};

const REASONS: Record<string, ConsoleText> = {
  lost: 'sources.whyLost',
  black: 'sources.whyBlack',
  still: 'sources.whyStill',
  silent: 'sources.whySilent',
  clean: 'sources.whyClean',
  chosen: 'sources.whyChosen',
};

export function renderSources(session: Session) {
  const { health } = session.state;
  const sources = health?.sources ?? [];
  const passed = health ? passedWords(health, document.documentElement.lang || 'en') : '';
  if (!sources.length && !passed) return nothing;
  const error = session.errorAt('source');
  return html`<section class="sf-sources" data-testid="sources">
    ${sources.length
      ? html`<ul class="sf-sources__list">
          ${sources.map((one) => renderSource(session, one, sources.length > 1))}
        </ul>`
      : nothing}
    ${passed ? html`<p class="sf-sources__passed sf-soft sf-small" data-testid="passed">${passed}</p>` : nothing}
    ${session.mayProduce && sources.some((one) => one.is_chosen)
      ? html`<button
          class="sf-button sf-button--quiet sf-button--small"
          data-testid="source-automatic"
          aria-busy=${session.isBusy('source')}
          @click=${() => void session.chooseSource(null)}
        >
          ${icon('refresh-cw')} ${t('sources.automatic')}
        </button>`
      : nothing}
    ${error ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${error}</span></p>` : nothing}
  </section>`;
}

function renderSource(session: Session, source: SourceState, isOneOfTwo: boolean) {
  const name = t(NAMES[source.role]);
  return html`<li class="sf-sources__one" data-testid=${`source-${source.role}`} data-on-air=${source.is_on_air}>
    <span class="sf-sources__name">${icon(source.is_on_air ? 'radio' : 'pause')} <strong>${name}</strong></span>
    <span class="sf-sources__words sf-soft sf-small">${words(source)}</span>
    ${session.mayProduce && isOneOfTwo && !source.is_on_air
      ? html`<button
          class="sf-button sf-button--small"
          data-testid=${`source-${source.role}-on-air`}
          aria-label=${`${t('sources.onAirNow')}: ${name}`}
          aria-busy=${session.isBusy('source')}
          @click=${() => void session.chooseSource(source.role)}
        >
          ${t('sources.onAirNow')}
        </button>`
      : nothing}
  </li>`;
}

/** "On air since 20:14:05, because the other one was lost · OBS 31". */
export function words(source: SourceState): string {
  const fault = FAULTS[source.fault];
  const told = [
    source.is_on_air ? onAirWords(source) : t('sources.standsBy'),
    fault ? t(fault) : '',
    encoderWords(source.encoder),
  ];
  return told.filter(Boolean).join(' · ');
}

/** "Passed on as they come: 720p and 360p." Empty where all are encoded. */
export function passedWords({ passed = [] }: Pick<IngestHealth, 'passed'>, language: string): string {
  if (!passed.length) return '';
  const rungs = new Intl.ListFormat(language).format(passed);
  return t(passed.length === 1 ? 'sources.passedOne' : 'sources.passed', { rungs });
}

function onAirWords(source: SourceState): string {
  const reason = REASONS[source.reason];
  if (!reason) return t('sources.onAir');
  const time = new Date(source.since).toLocaleTimeString(document.documentElement.lang);
  return `${t('sources.onAirSince', { time })}: ${t(reason)}`;
}
