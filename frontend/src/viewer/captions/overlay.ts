/** `<sf-captions>`: the words that are said at this picture, on the picture. */
import { html, nothing } from 'lit';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import type { Caption } from './book.ts';
import { storeOf } from './store.ts';
import './captions.css';

const DRAWN_EVERY_MS = 100;

export class SfCaptions extends AppElement {
  static override topics: readonly Topic[] = ['player'];
  #shown: Caption | null = null;
  #stop: (() => void) | null = null;

  override render() {
    const { choice, isOn } = storeOf(this.app);
    if (!isOn || !this.#shown) return nothing;
    // For people who read instead of hearing: a screen reader's user hears the sound itself.
    return html`<p class="sf-caption sf-caption--${choice.size} sf-caption--${choice.colours}" dir="auto" lang=${storeOf(this.app).language ?? nothing} aria-live="off" data-testid="caption">
      <span>${this.#shown.text}</span>
    </p>`;
  }

  protected override appConnected(): void {
    const store = storeOf(this.app);
    if (store.isOn) store.need();
    this.#stop = store.subscribe(() => {
      this.#look();
      this.requestUpdate(); // the look of the one that is shown
    });
    this.every(DRAWN_EVERY_MS, () => this.#look());
  }

  protected override appDisconnected(): void {
    this.#stop?.();
  }

  #look(): void {
    const caption = this.#current();
    this.toggleAttribute('data-top', storeOf(this.app).choice.place === 'top');
    if (caption === this.#shown) return;
    this.#shown = caption;
    this.requestUpdate();
  }

  #current(): Caption | null {
    const { isOn, book } = storeOf(this.app);
    const { state, pictureTimeMs } = this.app.player;
    if (!isOn || !state.hasPicture || pictureTimeMs === null) return null;
    return book?.at(pictureTimeMs) ?? null;
  }
}
