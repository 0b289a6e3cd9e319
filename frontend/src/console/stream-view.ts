/** Address and key of the stream, and what to set in OBS. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import { toast } from '../ui/toast.ts';
import { copyText } from './copy.ts';
import type { Session } from './session.ts';
import { t, type ConsoleText } from './texts.ts';

export interface StreamView {
  readonly session: Session;
  readonly isRevealed: boolean;
  readonly onReveal: () => void;
  readonly onRotate: () => void;
}

const HIDDEN_KEY = '•'.repeat(16);

async function copy(value: string, done: ConsoleText): Promise<void> {
  toast((await copyText(value)) ? t(done) : t('stream.copyFailed'));
}

export function renderStream(view: StreamView) {
  const { session, isRevealed } = view;
  const url = session.stream?.url ?? '';
  const key = session.stream?.key ?? '';
  const reveal = html`<button
    class="sf-button sf-button--small"
    data-testid="stream-key-reveal"
    aria-pressed=${isRevealed}
    @click=${view.onReveal}
  >
    ${icon('eye')} ${isRevealed ? t('stream.hide') : t('stream.reveal')}
  </button>`;
  return html`<div class="sf-stream">
    ${renderValue(t('stream.url'), 'stream-url', url, url, 'stream.urlCopied')}
    ${renderValue(t('stream.key'), 'stream-key', isRevealed ? key : HIDDEN_KEY, key, 'stream.keyCopied', reveal)}
    ${renderBackupKey(session.stream?.backup_key ?? '', isRevealed)}
    ${renderFeeds(session.slug)} ${renderSrt(session, isRevealed)} ${session.stream && !key ? renderLost() : nothing}
    <button
      class="sf-button sf-button--quiet sf-button--small sf-stream__rotate"
      data-testid="rotate-key"
      aria-busy=${session.isBusy('stream')}
      @click=${view.onRotate}
    >
      ${icon('refresh-cw')} ${t('stream.rotate')}
    </button>
    ${renderError(session)}
  </div>`;
}

function renderBackupKey(key: string, isRevealed: boolean) {
  if (!key) return nothing;
  return renderValue(
    t('stream.backupKey'),
    'stream-backup-key',
    isRevealed ? key : HIDDEN_KEY,
    key,
    'stream.keyCopied',
  );
}

/** What mixers and TVs take out again: the stream as it is, and the page's picture with its cards. */
function renderFeeds(slug: string) {
  const path = encodeURIComponent(slug);
  const clean = `${location.origin}/hls/${path}/index.m3u8`;
  const programme = `${location.origin}/shows/${path}?programme-feed&sound`;
  return html`${renderValue(t('stream.cleanFeed'), 'clean-feed', clean, clean, 'stream.urlCopied')}
  ${renderValue(t('stream.programmeFeed'), 'programme-feed', programme, programme, 'stream.urlCopied')}`;
}

/** The way in by SRT, which holds on lines that lose packets: address and pass phrase, or the offer of one. */
function renderSrt(session: Session, isRevealed: boolean) {
  const stream = session.stream;
  if (!stream?.can_srt) return nothing;
  const { srt } = stream;
  return html`${srt
      ? html`${renderValue(t('stream.srt'), 'srt-address', isRevealed ? srt.address : HIDDEN_KEY, srt.address, 'stream.srtCopied')}
        ${renderValue(t('stream.srtSecret'), 'srt-passphrase', isRevealed ? srt.passphrase : HIDDEN_KEY, srt.passphrase, 'stream.srtCopied')}`
      : nothing}
    <button
      class="sf-button sf-button--quiet sf-button--small sf-stream__rotate"
      data-testid="srt-toggle"
      aria-busy=${session.isBusy('stream')}
      @click=${() => void session.setSrt(!srt)}
    >
      ${icon(srt ? 'x' : 'plus')} ${t(srt ? 'stream.srtOff' : 'stream.srtOn')}
    </button>`;
}

function renderLost() {
  return html`<p class="sf-notice sf-notice--warning">${icon('key-round')} <span>${t('stream.lost')}</span></p>`;
}

function renderError(session: Session) {
  const error = session.errorAt('stream');
  if (!error) return nothing;
  const confirmUrl = session.actions.confirmUrlAt('stream');
  if (confirmUrl) return renderConfirm(error, confirmUrl);
  return html`<p class="sf-error" role="alert">
    ${icon('circle-alert')} <span>${error}</span>
    <button class="sf-link" @click=${() => void session.loadStream()}>${t('stream.again')}</button>
  </p>`;
}

/** The link opens a tab of its own, because nobody leaves the console of a running show. */
function renderConfirm(words: string, url: string) {
  const back = encodeURIComponent(location.pathname);
  return html`<p class="sf-error" role="alert" data-testid="confirm-identity">
    ${icon('lock')} <span>${words}</span>
    <a class="sf-link" href=${`${url}?next=${back}`} target="_blank" rel="noopener">${t('stream.confirm')}</a>
  </p>`;
}

function renderValue(label: string, testId: string, shown: string, value: string, done: ConsoleText, more?: unknown) {
  return html`<div class="sf-stream__value">
    <span class="sf-field__label">${label}</span>
    <code class="sf-stream__code" data-testid=${testId}>${shown || '…'}</code>
    <span class="sf-stream__acts">
      ${more ?? nothing}
      <button
        class="sf-button sf-button--small"
        data-testid=${`${testId}-copy`}
        ?disabled=${!value}
        aria-label=${`${t('stream.copy')}: ${label}`}
        @click=${() => void copy(value, done)}
      >
        ${icon('copy')} ${t('stream.copy')}
      </button>
    </span>
  </div>`;
}

function renderSteps(view: StreamView) {
  return html`<ol class="sf-waiting__steps">
    <li>${t('waiting.service')}</li>
    <li>${t('waiting.copy')} ${renderStream(view)}</li>
    <li>${t('waiting.output')}</li>
    <li>${t('waiting.go')}</li>
  </ol>`;
}

/** "Waiting for your encoder": the way from an empty OBS to a picture here. */
export function renderWaiting(view: StreamView) {
  const { plays } = view.session.state;
  return html`<section class="sf-waiting" data-testid="waiting">
    <div class="sf-waiting__head">
      <span class="sf-waiting__sign">${icon('radio')}</span>
      <div>
        <h2>${t(plays ? 'waiting.playsTitle' : 'waiting.title')}</h2>
        ${plays ? nothing : html`<p class="sf-soft">${view.session.mayProduce ? t('waiting.lead') : t('waiting.plain')}</p>`}
      </div>
    </div>
    ${plays
      ? html`<p class="sf-notice" data-testid="plays">${icon('play')} <span>${t('waiting.plays', { name: plays })}</span></p>`
      : nothing}
    ${view.session.state.health
      ? html`<p class="sf-notice" role="status" data-testid="connecting">${icon('radio')} <span>${t('health.connecting')}</span></p>`
      : nothing}
    ${!view.session.mayProduce
      ? nothing
      : plays
        ? html`<details><summary>${t('waiting.playsInstead')}</summary>${renderSteps(view)}</details>`
        : renderSteps(view)}
    ${view.session.studioHref
      ? html`<p>
          ${t('waiting.orStudio')}
          <a class="sf-link" href=${view.session.studioHref} data-testid="waiting-studio">${t('waiting.studio')}</a>
        </p>`
      : nothing}
  </section>`;
}
