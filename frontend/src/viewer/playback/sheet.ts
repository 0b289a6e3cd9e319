/** `<sf-playback-sheet>`: quality, data saving, and the sound without the picture. */
import { html, nothing } from 'lit';
import { t } from '../../i18n/index.ts';
import { keepPlayback } from '../../player/playback-choice.ts';
import { RemoteDevices, type RemoteVideo } from '../../player/remote.ts';
import { deviceStore } from '../../ui/device-store.ts';
import { icon } from '../../ui/icon.ts';
import type { Topic } from '../app.ts';
import { keepDial, LEVELS } from '../dial.ts';
import { AppElement } from '../element.ts';
import { togglePip } from './pip.ts';
import { say, type PlaybackText } from './texts/index.ts';
import '../sheets.css';

export class SfPlaybackSheet extends AppElement {
  static override topics: readonly Topic[] = ['player'];
  #devices: RemoteDevices | null = null;
  #stop = new AbortController();

  protected override appConnected(): void {
    this.#stop = new AbortController();
    this.#devices = new RemoteDevices(this.app.player.video as RemoteVideo, () => this.requestUpdate(), this.#stop.signal);
  }

  protected override appDisconnected(): void {
    this.#stop.abort();
  }

  override render() {
    const { isSaving, isSoundChosen } = this.app.player.state;
    return html`<div class="sf-sheet__body sf-stack" data-testid="playback-sheet" tabindex="0">
      ${this.#quality()} ${this.#switch('saving', isSaving, (isOn) => this.app.player.setSaving(isOn))}
      ${this.#switch('sound-only', isSoundChosen, (isOn) => this.app.player.setSoundOnly(isOn))} ${this.#pip()} ${this.#remote()}
      ${this.#dial()}
    </div>`;
  }

  #quality() {
    const { player } = this.app;
    const { qualities, quality, playingHeight, isSoundOnly } = player.state;
    if (qualities.length < 2 || isSoundOnly) return nothing;
    const auto = playingHeight ? say('quality-auto-now', { height: String(playingHeight) }) : say('quality-auto');
    return html`<label class="sf-field">
      <span>${say('quality')}</span>
      <select class="sf-select" data-testid="quality" @change=${(event: Event) => player.setQuality(Number((event.target as HTMLSelectElement).value))}>
        <option value="-1" ?selected=${quality === -1}>${auto}</option>
        ${qualities.map(({ index, height }) => html`<option value=${index} ?selected=${quality === index}>${height}p</option>`)}
      </select>
    </label>`;
  }

  #dial() {
    const show = this.closest('sf-show');
    const level = LEVELS.find((one) => one === show?.dataset['dialLevel']) ?? 'normal';
    return html`<fieldset class="sf-fieldset" data-testid="dial">
      <legend>${say('dial')}</legend>
      <div class="sf-choices">
        ${LEVELS.map(
          (one) => html`<label class="sf-choice">
            <input
              type="radio"
              name=${this.app.id('dial')}
              data-testid="dial-${one}"
              .checked=${level === one}
              @change=${() => {
                if (show) show.dataset['dialLevel'] = one;
                keepDial(deviceStore(), one);
                this.requestUpdate();
              }}
            /><span>${say(`dial-${one}` satisfies PlaybackText)}</span>
          </label>`,
        )}
      </div>
      <p class="sf-soft" role="status">${say(`dial-${level}-text` satisfies PlaybackText)}</p>
    </fieldset>`;
  }

  #pip() {
    if (!document.pictureInPictureEnabled || this.app.player.state.isSoundOnly) return nothing;
    return html`<div>
      <button class="sf-button" data-testid="playback-pip" @click=${() => togglePip(this.app.player.video)}>${icon('picture-in-picture-2')}${t('player.pip')}</button>
    </div>`;
  }

  #remote() {
    if (!this.#devices?.isAvailable) return nothing;
    return html`<div>
      <button class="sf-button" data-testid="playback-remote" @click=${() => this.#devices?.choose()}>${icon('external-link')}${say('remote')}</button>
    </div>`;
  }

  #switch(name: 'saving' | 'sound-only', isOn: boolean, set: (isOn: boolean) => void) {
    const textId = this.app.id(`playback-${name}`);
    return html`<div>
      <label class="sf-check">
        <input
          type="checkbox"
          aria-describedby=${textId}
          data-testid="playback-${name}"
          .checked=${isOn}
          @change=${(event: Event) => {
            set((event.target as HTMLInputElement).checked);
            const { isSaving, isSoundChosen } = this.app.player.state;
            keepPlayback(deviceStore(), { isSaving, isSoundOnly: isSoundChosen });
          }}
        /><span>${say(name)}</span>
      </label>
      <p class="sf-soft" id=${textId}>${say(`${name}-text` satisfies PlaybackText)}</p>
    </div>`;
  }
}

export const elements = { 'sf-playback-sheet': SfPlaybackSheet };
