/** `<sf-curtain>`: stands in the picture's place before the show, in a pause and after it; never a spinner on black. */
import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { formatWhen } from '../format/index.ts';
import { t, type TextKey } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { curtainKind, type CurtainKind } from './curtain-kind.ts';
import { AppElement } from './element.ts';

const TICK_MS = 1_000;

export class SfCurtain extends AppElement {
  static override topics: readonly Topic[] = ['view', 'player'];
  #drawn: CurtainKind = null;

  constructor() {
    super();
    new Redrawing(this, TICK_MS, () => this.app.view.curtain === 'pending'); // its countdown
  }

  override render() {
    const { view, player, isRecorded } = this.app;
    const kind = curtainKind(view, player.state, isRecorded, this.#drawn === 'paused');
    this.#drawn = kind;
    this.dataset['kind'] = kind ?? '';
    this.toggleAttribute('data-over-frame', player.state.hasPicture);
    return kind ? html`${this.#trailer(kind)}<div class="sf-curtain" role="status" data-testid="curtain" data-curtain=${kind}>${this.#content(kind)}</div>` : nothing;
  }

  /** Before the show, and in a pause; nobody who saves data, or asked for less motion, loads it. */
  #trailer(kind: CurtainKind) {
    const { player, view } = this.app;
    const isWanted = (kind === 'pending' || kind === 'paused') && !player.state.isSaving && !matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!view.trailer || !isWanted) return nothing;
    void import('./trailer.ts');
    const { playlist, length_s } = view.trailer;
    return keyed(playlist, html`<sf-trailer data-testid="trailer" playlist=${playlist} length=${length_s}></sf-trailer>`);
  }

  #content(kind: Exclude<CurtainKind, null>) {
    switch (kind) {
      case 'pending':
        return this.#pending();
      case 'coming':
        return html`<p class="sf-curtain__line">${t('player.coming')}</p>`;
      case 'tap':
        return html`<button class="sf-button sf-button--primary" data-testid="tap-to-play" @click=${() => this.app.player.play()}>
          ${icon('play')}${t('player.play')}
        </button>`;
      case 'paused':
        return this.#words('curtain.paused', 'curtain.paused-text');
      case 'failed':
        return html`${this.#words('player.failed', 'player.failed-text')}
          <button class="sf-button" data-testid="player-retry" @click=${() => this.app.player.retry()}>
            ${icon('refresh-cw')}${t('try-again')}
          </button>`;
      case 'ended':
        return this.#ended();
    }
  }

  /** The end leads on: to the replay, and to the next shows. */
  #ended() {
    const { data, timeline } = this.app;
    const coming = (data.coming ?? []).filter((show) => Date.parse(show.starts_at) > timeline.serverNowMs());
    return html`${this.#words('curtain.ended', 'curtain.ended-text')}
      <div class="sf-row sf-row--wrap sf-curtain__ways">
        <button class="sf-button sf-button--primary" data-testid="watch-again" @click=${() => this.app.watchAgain()}>
          ${icon('rotate-ccw')}${t('curtain.watch-again')}
        </button>
        ${data.urls?.programme
          ? html`<a class="sf-button" data-testid="more-shows" href=${data.urls.programme}>${icon('calendar')}${t('curtain.more-shows')}</a>`
          : nothing}
      </div>
      ${coming.length === 0
        ? nothing
        : html`<ul class="sf-curtain__coming" aria-label=${t('curtain.coming')} data-testid="coming-shows">
            ${coming.map(
              ({ title, url, starts_at }) =>
                html`<li><a href=${url}>${title}</a> <time class="sf-figures" datetime=${starts_at}>${formatWhen(starts_at)}</time></li>`,
            )}
          </ul>`}`;
  }

  #words(title: TextKey, text: TextKey) {
    return html`<p class="sf-curtain__title sf-display">${t(title)}</p>
      <p class="sf-curtain__text">${t(text)}</p>`;
  }

  #pending() {
    const { view, data, timeline } = this.app;
    if (!view.startsAt) return html`<p class="sf-curtain__title sf-display">${t('curtain.pending')}</p>`;
    const leftS = Math.floor((Date.parse(view.startsAt) - timeline.serverNowMs()) / 1000);
    return html`
      <p class="sf-curtain__line">${leftS > 0 ? t('curtain.starts-in') : nothing}</p>
      ${leftS > 0 ? this.#countdown(leftS) : html`<p class="sf-curtain__title sf-display">${t('curtain.any-moment')}</p>`}
      <p class="sf-curtain__line"><time datetime=${view.startsAt}>${formatWhen(view.startsAt)}</time></p>
      ${leftS > 0 && data.urls?.calendar
        ? html`<a class="sf-button" data-testid="add-to-calendar" href=${data.urls.calendar} download>
            ${icon('calendar-plus')}${t('curtain.calendar')}
          </a>`
        : nothing}
    `;
  }

  #countdown(leftS: number) {
    const parts: [number, TextKey][] = [
      [Math.floor(leftS / 86_400), 'curtain.days'],
      [Math.floor(leftS / 3600) % 24, 'curtain.hours'],
      [Math.floor(leftS / 60) % 60, 'curtain.minutes'],
      [leftS % 60, 'curtain.seconds'],
    ];
    const first = parts.findIndex(([count]) => count > 0);
    return html`<p class="sf-countdown" role="timer" aria-live="off" data-testid="countdown">
      ${parts.slice(Math.min(first, 2), 4).map(
        ([count, unit]) =>
          html`<span class="sf-countdown__part"
            ><span class="sf-countdown__number">${String(count).padStart(2, '0')}</span
            ><span class="sf-countdown__unit">${t(unit, { count })}</span></span
          >`,
      )}
    </p>`;
  }
}
