/** `<sf-controls>`: none until asked for; then play, sound, the scrubber, and the way to captions, speed and settings. */
import { html, nothing } from 'lit';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { earlierS } from '../player/rewind.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

export class SfControls extends AppElement {
  static override topics: readonly Topic[] = ['view', 'player'];
  static override properties = { isShown: { attribute: false }, dragS: { state: true } };
  declare isShown: boolean;
  /** The position of the thumb while it is held; the picture follows when it is let go. */
  declare dragS: number | null;

  constructor() {
    super();
    this.isShown = false;
    this.dragS = null;
  }

  override render() {
    const { player } = this.app;
    const { status, isLive, isBehind, hasPicture } = player.state;
    const isPaused = status === 'paused' || status === 'ended' || status === 'idle';
    return html`
      ${isLive && isBehind && hasPicture && !this.app.isRecorded && !this.app.view.broadcastLost ? html`<div class="sf-controls__back">${this.#backToLive()}</div>` : nothing}
      <div class="sf-controls" ?inert=${!this.isShown}>
        ${this.#scrubber()}
        <div class="sf-controls__row">
          <button
            class="sf-control"
            aria-label=${isPaused ? t('player.play') : t('player.pause')}
            data-testid="play"
            @click=${() => (isPaused ? player.play() : player.pause())}
          >
            ${icon(isPaused ? 'play' : 'pause')}
          </button>
          ${this.#sound()}
          <span class="sf-controls__time sf-figures">${this.#time()}</span>
          <span class="sf-controls__gap"></span>
          <sf-speed></sf-speed><sf-caption-controls></sf-caption-controls><sf-playback-controls></sf-playback-controls>
        </div>
      </div>
    `;
  }

  protected override updated(): void {
    // Widths and places come from code, not from markup: the content security policy allows no style attributes.
    const { startS, endS, positionS } = this.app.player.state;
    const length = Math.max(endS - startS, 0.001);
    const share = (mediaS: number) => `${Math.min(100, Math.max(0, ((mediaS - startS) / length) * 100))}%`;
    const bar = this.querySelector<HTMLElement>('.sf-scrubber');
    bar?.style.setProperty('--sf-progress', share(this.dragS ?? positionS));
    for (const mark of this.querySelectorAll<HTMLElement>('.sf-scrubber__mark')) {
      mark.style.setProperty('--sf-place', share(Number(mark.dataset['mediaS'])));
    }
  }

  #backToLive() {
    return html`<button class="sf-pill" data-testid="back-to-live" @click=${() => this.app.player.seekToLive()}>
      ${icon('radio')}<span class="sf-figures">${t('live.behind', { time: formatClock(this.app.player.behindLiveS) })}</span>
    </button>`;
  }

  #scrubber() {
    const { player, timeline, view, clock } = this.app;
    const { startS, endS, positionS } = player.state;
    const reached = player.pictureTimeMs ?? Number.POSITIVE_INFINITY;
    const marks = timeline.highlights
      .filter((highlight) => view.state === 'ended' || highlight.startedMs <= Math.max(reached, this.app.timeline.serverNowMs()))
      .flatMap(({ startedMs, endedMs, productIds }) => {
        const mediaS = earlierS(player.spans, startedMs) ?? clock.placeOf(startedMs, endedMs)?.mediaS ?? null;
        return mediaS === null || mediaS <= startS ? [] : [{ mediaS, name: this.app.shop.product(productIds[0] ?? '')?.name ?? '' }];
      });
    const value = this.dragS ?? positionS;
    const position = formatClock(clock.clockAtMedia(value) ?? value - startS);
    const length = formatClock(endS - startS);
    return html`<div class="sf-scrubber" data-testid="scrubber">
      <div class="sf-scrubber__track" aria-hidden="true">
        ${marks.map(({ mediaS, name }) => html`<span class="sf-scrubber__mark" data-testid="mark" data-media-s=${mediaS} title=${name}></span>`)}
      </div>
      <input
        type="range"
        aria-label=${t('player.timeline')}
        aria-valuetext=${player.isRecording ? t('player.position', { position, length }) : position}
        min=${startS}
        max=${endS}
        step="0.1"
        .value=${String(value)}
        @input=${(event: Event) => (this.dragS = Number((event.target as HTMLInputElement).value))}
        @change=${(event: Event) => {
          this.dragS = null;
          player.seekTo(Number((event.target as HTMLInputElement).value));
        }}
      />
      <sf-seek-preview></sf-seek-preview>
    </div>`;
  }

  #time() {
    const { player, clock } = this.app;
    const { isLive, positionS, startS, endS, isBehind } = player.state;
    const mediaS = this.dragS ?? positionS;
    if (isLive && !isBehind && this.dragS === null) return html`${icon('radio')} ${t('live')}`;
    const length = player.isRecording ? html` / ${formatClock(endS - startS)}` : nothing;
    return html`${formatClock(clock.clockAtMedia(mediaS) ?? mediaS - startS)}${length}`;
  }

  #sound() {
    const { player } = this.app;
    const { isMuted } = player.state;
    return html`<button
      class="sf-control"
      aria-label=${isMuted ? t('player.sound-on') : t('player.sound-off')}
      data-testid="sound"
      @click=${() => player.setMuted(!isMuted)}
    >
      ${icon(isMuted ? 'volume-x' : 'volume-2')}
    </button>`;
  }
}
