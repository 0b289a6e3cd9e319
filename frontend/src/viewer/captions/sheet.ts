/** `<sf-caption-sheet>`: language and look of the captions, and what was said, to be searched and gone to. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock } from '../../format/index.ts';
import { currentLanguage } from '../../i18n/index.ts';
import { icon } from '../../ui/icon.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import type { Caption } from './book.ts';
import { COLOURS, PLACES, SIZES, type CaptionChoice } from './choice.ts';
import { storeOf } from './store.ts';
import { say, type CaptionText } from './texts/index.ts';
import '../sheets.css';
import './captions.css';

/** Drawn at once; whoever looks for more has to search for it. */
const DRAWN_MAX = 300;

export class SfCaptionSheet extends AppElement {
  static override topics: readonly Topic[] = ['view'];
  static override properties = { words: { state: true } };
  declare words: string;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    this.words = '';
  }

  override render() {
    const { choice } = storeOf(this.app);
    return html`<div class="sf-sheet__body sf-stack" data-testid="captions-sheet" tabindex="0">
      <p class="sf-caption sf-caption--example sf-caption--${choice.size} sf-caption--${choice.colours}"><span>${say('example')}</span></p>
      ${this.#language()} ${this.#choices('size', SIZES)} ${this.#choices('colours', COLOURS)} ${this.#choices('place', PLACES)}
      ${this.#transcript()}
    </div>`;
  }

  protected override appConnected(): void {
    const store = storeOf(this.app);
    store.need();
    this.#stop = store.subscribe(() => this.requestUpdate());
  }

  protected override appDisconnected(): void {
    this.#stop?.();
  }

  #language() {
    const store = storeOf(this.app);
    if (store.languages.length < 2) return nothing;
    const names = new Intl.DisplayNames([currentLanguage()], { type: 'language' });
    return html`<label class="sf-field">
      <span>${say('language')}</span>
      <select class="sf-select" data-testid="captions-language" @change=${(event: Event) => store.choose({ language: (event.target as HTMLSelectElement).value })}>
        ${store.languages.map((one) => html`<option value=${one} ?selected=${one === store.language}>${names.of(one)}</option>`)}
      </select>
    </label>`;
  }

  #choices<Key extends 'size' | 'colours' | 'place'>(key: Key, values: readonly CaptionChoice[Key][]): TemplateResult {
    const store = storeOf(this.app);
    return html`<fieldset class="sf-fieldset">
      <legend>${say(key)}</legend>
      <div class="sf-choices">
        ${values.map(
          (value) => html`<label class="sf-choice">
            <input
              type="radio"
              name=${this.app.id(`captions-${key}`)}
              .checked=${store.choice[key] === value}
              data-testid="captions-${key}-${value}"
              @change=${() => store.choose({ [key]: value } as Partial<CaptionChoice>)}
            /><span>${say(`${key}.${value}` as CaptionText)}</span>
          </label>`,
        )}
      </div>
    </fieldset>`;
  }

  #transcript() {
    const { book, hasFailed } = storeOf(this.app);
    const untilMs = this.app.isRecorded ? Number.POSITIVE_INFINITY : (this.app.player.pictureTimeMs ?? Number.NEGATIVE_INFINITY);
    const found = book?.find(this.words, untilMs) ?? [];
    const shown = this.words === '' && !this.app.isRecorded ? found.slice(-DRAWN_MAX) : found.slice(0, DRAWN_MAX);
    return html`<section class="sf-stack">
      <h3>${say('transcript')}</h3>
      <label class="sf-field">
        <span>${say('find')}</span>
        <input class="sf-input" type="search" data-testid="captions-find" .value=${this.words} @input=${(event: Event) => (this.words = (event.target as HTMLInputElement).value)} />
      </label>
      <p class="sf-soft" role="status">${this.#state(book !== null, hasFailed, found.length)}</p>
      <ol class="sf-transcript" data-testid="transcript">
        ${shown.map((caption) => this.#line(caption))}
      </ol>
    </section>`;
  }

  #state(isHere: boolean, hasFailed: boolean, count: number): string | typeof nothing {
    if (!isHere) return hasFailed ? say('failed') : nothing;
    if (count > 0) return this.words === '' ? nothing : say('found', { count });
    return say(this.words === '' ? 'none' : 'not-found');
  }

  #line({ id, text, startMs }: Caption) {
    const place = this.app.clock.placeOf(startMs, null);
    const time = place ? formatClock(place.clockS) : '';
    return html`<li>
      <button class="sf-transcript__line" data-testid="said" data-caption=${id} ?disabled=${!place} @click=${() => this.app.watchFrom(startMs)}>
        <span class="sf-figures sf-soft">${place ? time : icon('clock')}</span><span dir="auto">${text}</span>
      </button>
    </li>`;
  }
}

export const elements = { 'sf-caption-sheet': SfCaptionSheet };
