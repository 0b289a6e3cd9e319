import { html, nothing, type PropertyValues } from 'lit';
import { Player, edgeEngine, hlsEngine } from '../player/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import './sound-meter.ts';
import { latencyWords } from './health.ts';
import type { Phase } from './model.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

const FAR_BEHIND_S = 2.5;
/** A highlight belongs to the picture in front of the producer: being at now matters more than being smooth. */
const CATCH_UP_SPEED = 1.25;
const JUMP_PAUSE_MS = 5000;

/**
 * The incoming stream, before and during the show, for staff only. Its picture is the one that a highlight
 * belongs to: `pictureAt()` is the moment that the producer sees.
 */
export class SfConsolePreview extends PageElement {
  static override properties = {
    session: { attribute: false },
    phase: { attribute: false },
    token: { attribute: false },
  };
  declare session: Session;
  declare phase: Phase;
  declare token: () => Promise<string>;
  #player: Player | null = null;
  #jumpAgainMs = 0;

  /** The moment on screen now; null while nothing plays. */
  pictureAt(): Date | null {
    const player = this.#player;
    if (!player || player.state.status !== 'playing') return null;
    const pictureMs = player.pictureTimeMs;
    return pictureMs === null ? null : new Date(pictureMs);
  }

  toggleSound(): void {
    const player = this.#player;
    if (!player) return;
    player.setMuted(!player.state.isMuted);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#player?.destroy();
    this.#player = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('phase')) return;
    const before = changed.get('phase');
    if (this.phase === 'ended') {
      this.#player?.destroy();
      this.#player = null;
    } else if (!this.#player) {
      if (this.phase !== 'waiting') this.#load();
    } else if (before === 'paused') {
      this.#player.resumeBroadcast();
    }
  }

  #load(): void {
    const video = this.querySelector('video');
    if (!video) return;
    const identify = async (request: XMLHttpRequest, url: string): Promise<void> => {
      const token = await this.token();
      request.open('GET', url, true);
      request.setRequestHeader('Authorization', `Bearer ${token}`);
    };
    const player = new Player(video, {
      now: () => this.session.serverNowMs(),
      engine: hlsEngine({ setUpRequest: identify }),
      edge: edgeEngine({ url: `/live-edge/${encodeURIComponent(this.session.slug)}`, token: this.token, isPreview: true }),
      catchUpSpeed: CATCH_UP_SPEED,
    });
    player.subscribe(() => {
      this.requestUpdate();
      this.#keepUp(player);
    });
    player.load(`/hls/${encodeURIComponent(this.session.slug)}/preview/index.m3u8`);
    this.#player = player;
  }

  /** A producer works on what is now: a preview that has fallen back jumps to the live edge. */
  #keepUp(player: Player): void {
    const now = performance.now();
    if (player.behindLiveS < FAR_BEHIND_S || player.state.status !== 'playing' || now < this.#jumpAgainMs) return;
    this.#jumpAgainMs = now + JUMP_PAUSE_MS;
    player.seekToLive();
  }

  override render() {
    const state = this.#player?.state;
    return html`<div class="sf-preview" data-testid="preview">
      <video class="sf-preview__video" playsinline muted aria-label=${t('preview.label')}></video>
      ${state?.hasPicture || this.phase === 'paused' ? nothing : html`<p class="sf-preview__loading">${this.#waitWords(state?.status)}</p>`}
      ${this.phase === 'paused' ? this.#renderPaused() : nothing} ${this.#renderFoot()}
    </div>`;
  }

  #renderFoot() {
    const player = this.#player;
    const isLoud = player ? !player.state.isMuted : false;
    return html`<div class="sf-preview__foot">
      <span class="sf-preview__note" data-testid="preview-note">
        ${this.phase === 'ready' ? html`${icon('lock')} ${t('preview.onlyYou')}` : nothing}
      </span>
      <span class="sf-preview__latency sf-figures" data-testid="latency">${ticking(() => latencyWords(this.#player?.latencyS ?? null))}</span>
      <sf-sound-meter class="sf-preview__meter" .video=${this.querySelector('video')}></sf-sound-meter>
      <button class="sf-preview__sound" data-testid="preview-sound" aria-pressed=${isLoud} @click=${() => this.toggleSound()}>
        ${icon(isLoud ? 'volume-2' : 'volume-x')} <span>${isLoud ? t('preview.soundOn') : t('preview.soundOff')}</span>
      </button>
    </div>`;
  }

  #waitWords(status: string | undefined) {
    if (status !== 'failed') return t('preview.loading');
    return html`${t('preview.failed')}
      <button class="sf-button sf-button--small" @click=${() => this.#player?.retry()}>${t('preview.retry')}</button>`;
  }

  #renderPaused() {
    return html`<div class="sf-preview__paused" role="alert" data-testid="paused">
      ${icon('wifi-off')}
      <h2>${t('paused.title')}</h2>
      <p>${t('paused.words')}</p>
    </div>`;
  }
}

define('sf-console-preview', SfConsolePreview);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-preview': SfConsolePreview;
  }
}
