/** `<sf-playback-controls>`: the way to quality, data saving and sound only; picture in picture, and full screen. */
import { html, nothing } from 'lit';
import { t } from '../../i18n/index.ts';
import { icon } from '../../ui/icon.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import { togglePip } from './pip.ts';
import { startReports } from './reports.ts';
import { say } from './texts/index.ts';
import './playback.css';

export class SfPlaybackControls extends AppElement {
  static override topics: readonly Topic[] = ['player'];

  #stopReports = (): void => undefined;

  protected override appConnected(): void {
    this.#stopReports = startReports(this.app);
  }

  protected override appDisconnected(): void {
    this.#stopReports();
  }

  override render() {
    return html`<button
        class="sf-control"
        aria-label=${say('settings')}
        aria-haspopup="dialog"
        title=${say('settings')}
        data-testid="playback-settings"
        @click=${() => this.app.openPanel({ kind: 'playback' })}
      >
        ${icon('settings-2')}
      </button>
      ${this.#pip()} ${this.#fullScreen()}`;
  }

  #pip() {
    if (!document.pictureInPictureEnabled) return nothing;
    return html`<button class="sf-control sf-control--pip" aria-label=${t('player.pip')} data-testid="pip" @click=${() => togglePip(this.app.player.video)}>
      ${icon('picture-in-picture-2')}
    </button>`;
  }

  #fullScreen() {
    if (!document.fullscreenEnabled) return nothing;
    const isFull = document.fullscreenElement !== null;
    const toggle = () =>
      (isFull ? document.exitFullscreen() : this.closest('sf-stage')?.requestFullscreen())?.catch(() => undefined);
    return html`<button
      class="sf-control"
      aria-label=${isFull ? t('player.full-screen-leave') : t('player.full-screen')}
      data-testid="full-screen"
      @click=${toggle}
    >
      ${icon(isFull ? 'minimize' : 'maximize')}
    </button>`;
  }
}
