/**
 * `<sf-seek-preview>`: the picture of the place on the scrubber that is pointed at, held, or moved to by keys, with its
 * time. It listens to the scrubber around it and takes no clicks.
 */
import { html, nothing } from 'lit';
import { formatClock } from '../../format/index.ts';
import { pictureAtMedia } from '../../player/picture-time.ts';
import { paintTile, type Tile } from '../../player/storyboard.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import { MOVES } from '../speed.ts';
import { StoryboardStore } from './storyboard-store.ts';
import './playback.css';

/** After a key has moved the picture. */
const KEY_SHOWN_MS = 1_500;

export class SfSeekPreview extends AppElement {
  static override topics: readonly Topic[] = ['player'];
  static override properties = { mediaS: { state: true } };
  /** The place that is shown; null: none. */
  declare mediaS: number | null;
  #store: StoryboardStore | null = null;
  #isHeld = false;
  #keyTimer = 0;
  #stop = new AbortController();

  constructor() {
    super();
    this.mediaS = null;
  }

  override render() {
    const { player, clock } = this.app;
    if (this.mediaS === null) return nothing;
    const pictureMs = pictureAtMedia(player.spans, this.mediaS);
    const tile = pictureMs === null || player.state.isSaving ? null : (this.#store?.tileAt(pictureMs) ?? null);
    const time = formatClock(clock.clockAtMedia(this.mediaS) ?? this.mediaS - player.state.startS);
    return html`<div class="sf-seek-preview" aria-hidden="true" data-testid="seek-preview">
      ${tile ? html`<div class="sf-seek-preview__picture" data-testid="seek-preview-picture" .tile=${tile}></div>` : nothing}
      <span class="sf-seek-preview__time sf-figures">${time}</span>
    </div>`;
  }

  protected override updated(): void {
    const box = this.querySelector<HTMLElement>('.sf-seek-preview');
    const bar = this.parentElement;
    if (!box || !bar || this.mediaS === null) return;
    const picture = box.querySelector<HTMLElement & { tile?: Tile }>('.sf-seek-preview__picture');
    if (picture?.tile) paintTile(picture, picture.tile);
    const { startS, endS } = this.app.player.state;
    const share = (this.mediaS - startS) / Math.max(0.001, endS - startS);
    const free = bar.clientWidth - box.offsetWidth;
    const place = Math.min(1, Math.max(0, share)) * bar.clientWidth - box.offsetWidth / 2;
    box.style.setProperty('--sf-place', `${Math.max(0, Math.min(free, place))}px`);
  }

  protected override appConnected(): void {
    this.#store ??= new StoryboardStore(this.app, () => this.requestUpdate());
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const bar = this.parentElement;
    bar?.addEventListener('pointermove', (event) => this.#pointed(event, bar), { signal });
    bar?.addEventListener('pointerleave', () => this.#leave(), { signal });
    bar?.addEventListener('input', (event) => this.#held(Number((event.target as HTMLInputElement).value)), { signal });
    bar?.addEventListener('change', () => this.#let(), { signal });
    this.closest('sf-stage')?.addEventListener('keydown', (event) => this.#key(event as KeyboardEvent), { signal });
  }

  protected override appDisconnected(): void {
    this.#stop.abort();
    clearTimeout(this.#keyTimer);
  }

  #pointed(event: PointerEvent, bar: HTMLElement): void {
    if (event.pointerType !== 'mouse' || this.#isHeld) return;
    const { left, right, width } = bar.getBoundingClientRect();
    const isRightToLeft = getComputedStyle(bar).direction === 'rtl';
    const share = (isRightToLeft ? right - event.clientX : event.clientX - left) / Math.max(1, width);
    const { startS, endS } = this.app.player.state;
    this.mediaS = startS + Math.min(1, Math.max(0, share)) * (endS - startS);
  }

  #leave(): void {
    if (!this.#isHeld) this.mediaS = null;
  }

  #held(mediaS: number): void {
    this.#isHeld = true;
    this.mediaS = mediaS;
  }

  #let(): void {
    this.#isHeld = false;
    this.mediaS = null;
  }

  /** The keys move the picture at once; where it has to be loaded first, the preview says where one is. */
  #key(event: KeyboardEvent): void {
    if (MOVES[event.key] === undefined) return;
    clearTimeout(this.#keyTimer);
    this.#keyTimer = window.setTimeout(() => {
      if (!event.defaultPrevented) return; // it was no move
      this.mediaS = this.app.player.state.positionS;
      this.#keyTimer = window.setTimeout(() => this.#leave(), KEY_SHOWN_MS);
    }); // once all listeners have seen it: `<sf-speed>` moves the picture
  }
}
