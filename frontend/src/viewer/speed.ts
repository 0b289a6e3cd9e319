/**
 * `<sf-speed>`: how fast a picture plays that is not live, and the keys to move in it. Played faster, it catches up with
 * now and is live again; the browser keeps the pitch.
 */
import { html, nothing } from 'lit';
import { t } from '../i18n/index.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

const SPEEDS = [1, 1.25, 1.5, 2] as const;
const STEP_S = 5;
const LEAP_S = 10;
/** Seconds by which each key moves the picture. */
export const MOVES: Readonly<Record<string, number>> = { ArrowLeft: -STEP_S, ArrowRight: STEP_S, j: -LEAP_S, l: LEAP_S };

export class SfSpeed extends AppElement {
  static override topics: readonly Topic[] = ['view', 'player'];
  #stage: HTMLElement | null = null;

  override render() {
    const { player } = this.app;
    const { speed, isBehind, isRewound } = player.state;
    if (!isBehind && !isRewound && !this.app.isRecorded) return nothing;
    const number = new Intl.NumberFormat(document.documentElement.lang);
    return html`<label class="sf-control sf-control--select">
      <span aria-hidden="true" class="sf-figures">${number.format(speed)}×</span>
      <span class="sf-visually-hidden">${t('player.speed')}</span>
      <select data-testid="speed" @change=${(event: Event) => player.setSpeed(Number((event.target as HTMLSelectElement).value))}>
        ${SPEEDS.map((one) => html`<option value=${one} ?selected=${one === speed}>${number.format(one)}×</option>`)}
      </select>
    </label>`;
  }

  protected override appConnected(): void {
    this.#stage = this.closest('sf-stage');
    this.#stage?.addEventListener('keydown', this.#onKey);
  }

  protected override appDisconnected(): void {
    this.#stage?.removeEventListener('keydown', this.#onKey);
  }

  /** Arrows on the scrubber move as far as elsewhere: its own steps are a tenth of a second. */
  readonly #onKey = (event: KeyboardEvent): void => {
    const { target } = event;
    const isTyped = target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== 'range');
    if (isTyped || event.ctrlKey || event.metaKey || event.altKey || !this.app.player.state.hasPicture) return;
    const { player } = this.app;
    const { positionS, startS } = player.state;
    const move = MOVES[event.key];
    if (move !== undefined) player.seekTo(positionS + move);
    else if (event.key === 'Home') player.seekTo(startS);
    else if (event.key === 'End' && player.state.isLive) player.seekToLive();
    else return;
    event.preventDefault();
  };
}

export const elements = { 'sf-speed': SfSpeed };
