/** `<sf-stage>`: the picture, everything that lies on it, and the curtain in its place. */
import { html, nothing } from 'lit';
import { formatClock, formatCount } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { isOver } from './curtain-kind.ts';
import { AppElement } from './element.ts';
import { isSameShape } from './picture-fit.ts';

const CONTROLS_SHOWN_MS = 3_500;
const BACKDROP_EVERY_MS = 250;

export class SfStage extends AppElement {
  static override topics: readonly Topic[] = ['view', 'player', 'layout'];
  static override properties = { areControlsShown: { state: true } };
  declare areControlsShown: boolean;
  #hideTimer = 0;
  readonly #frame = new ResizeObserver(() => this.#fitPicture());
  readonly #onShape = () => this.#fitPicture();

  constructor() {
    super();
    this.areControlsShown = false;
  }

  protected override appConnected(): void {
    this.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'mouse') this.#showControls();
    });
    this.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse') this.#hideSoon(CONTROLS_SHOWN_MS / 4);
    });
    this.addEventListener('focusin', (event) => {
      if ((event.target as HTMLElement).matches(':focus-visible')) this.#showControls();
    });
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.every(BACKDROP_EVERY_MS, () => this.#drawBackdrop());
    this.#frame.observe(this.app.player.video);
    this.app.player.video.addEventListener('resize', this.#onShape); // another rung
  }

  protected override appDisconnected(): void {
    clearTimeout(this.#hideTimer);
    this.#frame.disconnect();
    this.app.player.video.removeEventListener('resize', this.#onShape);
  }

  override render() {
    const { player, data } = this.app;
    const { status, hasPicture, isPortrait, isSoundOnly, isSoundChosen } = player.state;
    // The curtain of the end has buttons of its own, which the controls would lie over.
    const isOff = isOver(this.app.view, player.state, this.app.isRecorded);
    const areControlsShown = hasPicture && !isOff && (this.areControlsShown || status === 'paused');
    return html`
      <canvas class="sf-stage__backdrop" width="36" height="64" ?hidden=${!isPortrait} aria-hidden="true"></canvas>
      ${data.cover_url && (!hasPicture || isSoundOnly) ? html`<img class="sf-stage__poster" src=${data.cover_url} alt="" />` : nothing}
      <div class="sf-stage__video" @click=${() => this.#toggleControls()}>${player.video}</div>
      <p class="sf-stage__weak" role="status" data-testid="sound-only">${isSoundOnly ? html`<span>${t(isSoundChosen ? 'player.sound-chosen' : 'player.sound-only')}</span>` : nothing}</p>
      <sf-curtain></sf-curtain>
      <sf-floats aria-hidden="true" data-dial="normal"></sf-floats>
      ${this.#top()} ${this.#tapForSound()}
      <div class="sf-stage__bottom">
        <sf-captions></sf-captions>
        ${this.app.isWide || this.app.isSideways ? html`<sf-cards></sf-cards>` : nothing}
        <sf-controls ?data-shown=${areControlsShown} .isShown=${areControlsShown}></sf-controls>
      </div>
    `;
  }

  /** On a phone: the title with the host's face, and the way out. A desktop has the page's header and the text below the picture. */
  #top() {
    const { data } = this.app;
    const [host] = data.hosts;
    return html`<div class="sf-stage__top">
      <button class="sf-stage__about" data-testid="about-open" aria-haspopup="dialog" @click=${() => this.app.openPanel({ kind: 'about' })}>
        ${host ? this.#face(host) : nothing}
        <span class="sf-stage__words">
          <span class="sf-stage__title">${data.title}</span>
          <span class="sf-stage__hosts sf-clip">${data.hosts.map(({ name }) => name).join(', ')}</span>
        </span>
      </button>
      <span class="sf-stage__badges">${this.#badge()} ${this.#viewers()} ${this.#aiLabel()}</span>
      <a class="sf-stage__close" href=${data.urls?.programme ?? '/'} aria-label=${t('leave-show')} data-testid="leave-show">${icon('x')}</a>
    </div>`;
  }

  #face({ name, picture_url }: { name: string; picture_url: string | null }) {
    return picture_url
      ? html`<img class="sf-avatar" src=${picture_url} alt="" />`
      : html`<span class="sf-avatar" aria-hidden="true">${name.slice(0, 1)}</span>`;
  }

  /** Browsers let a picture start by itself only without sound. */
  #tapForSound() {
    const { status, hasPicture, isMuted, isDry } = this.app.player.state;
    if (!hasPicture || !isMuted || isDry || status !== 'playing') return nothing;
    return html`<button class="sf-pill sf-stage__sound" data-testid="tap-for-sound" @click=${() => this.app.player.setMuted(false)}>
      ${icon('volume-x')}<span>${t('player.tap-for-sound')}</span>
    </button>`;
  }

  #badge() {
    const { view, isRecorded, player } = this.app;
    if (view.state === 'live') {
      const { isDry, isBehind, hasPicture, behindLiveS } = player.state;
      const isOff = view.broadcastLost && isDry;
      const isLate = hasPicture && isBehind && !view.broadcastLost;
      const words = isLate ? t('live.late', { time: formatClock(behindLiveS) }) : t('live');
      return html`<span class="sf-badge ${isOff || isLate ? '' : 'sf-badge--live'}" data-testid="live-badge">
        ${icon('radio')}<span class="sf-figures">${words}</span>
      </span>`;
    }
    return isRecorded ? html`<span class="sf-badge sf-badge--over" data-testid="replay-badge">${icon('history')}${t('player.replay')}</span>` : nothing;
  }

  /** Viewers have to be told of a host or a voice that artificial intelligence makes. */
  #aiLabel() {
    const { aiMade } = this.app.view;
    if (!aiMade) return nothing;
    const words = t(aiMade === 'voice' ? 'ai.voice' : aiMade === 'host' ? 'ai.host' : 'ai.both');
    return html`<span class="sf-badge sf-badge--over sf-stage__ai" data-testid="ai-label">${icon('sparkles')}${words}</span>`;
  }

  #viewers() {
    const { count, isCountExact, state } = this.app.view;
    if (count === null || state === 'ended') return nothing;
    return html`<span class="sf-badge sf-badge--over" data-testid="viewer-count" data-count=${count} data-exact=${isCountExact}>
      ${icon('eye')}<span aria-hidden="true">${isCountExact ? formatCount(count) : t('viewers.about-short', { count })}</span
      ><span class="sf-visually-hidden">${t(isCountExact ? 'viewers' : 'viewers.about', { count })}</span>
    </span>`;
  }

  #togglePlay(): void {
    const { player } = this.app;
    if (player.video.paused) player.play();
    else player.pause();
  }

  #toggleControls(): void {
    if (!this.app.player.state.hasPicture) return;
    if (this.areControlsShown && !matchMedia('(hover: hover)').matches) this.areControlsShown = false;
    else this.#showControls();
  }

  #showControls(): void {
    this.areControlsShown = true;
    this.#hideSoon(CONTROLS_SHOWN_MS);
  }

  #hideSoon(ms: number): void {
    clearTimeout(this.#hideTimer);
    this.#hideTimer = window.setTimeout(() => {
      const isInUse = this.querySelector('sf-controls :focus-visible, sf-controls [open]') !== null;
      if (isInUse) this.#hideSoon(CONTROLS_SHOWN_MS);
      else this.areControlsShown = false;
    }, ms);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) return;
    if (event.key === 'k') this.#togglePlay();
    else if (event.key === 'm') this.app.player.setMuted(!this.app.player.state.isMuted);
    else return;
    this.#showControls();
  }

  #fitPicture(): void {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.app.player.video;
    const isFilled = isSameShape({ width: videoWidth, height: videoHeight }, { width: clientWidth, height: clientHeight });
    this.toggleAttribute('data-filled', isFilled);
  }

  /** A portrait picture stands on a blurred extension of itself: 36×64 pixels, four times a second, cost nothing. */
  #drawBackdrop(): void {
    const { video, state } = this.app.player;
    const canvas = this.querySelector('canvas');
    if (!canvas || !state.isPortrait || video.readyState < 2) return;
    canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  }
}
