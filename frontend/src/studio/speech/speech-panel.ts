import { html, nothing } from 'lit';
import { Api } from '../../api/client.ts';
import { PageElement, define } from '../../ui/element.ts';
import { icon } from '../../ui/icon.ts';
import { recognitionOf } from './recogniser.ts';
import { CaptionSender } from './sender.ts';
import { Speech } from './speech.ts';
import { t } from './texts.ts';

/** Languages for which browsers have packs that work on the device; the page's own come first. */
const LANGUAGES = ['de-DE', 'en-GB', 'en-US', 'es-ES', 'fr-FR', 'hi-IN', 'id-ID', 'it-IT', 'ja-JP', 'ko-KR', 'pl-PL', 'pt-BR', 'ru-RU', 'th-TH', 'tr-TR', 'vi-VN', 'zh-CN', 'zh-TW'];

export interface SpeechSource {
  readonly slug: string;
  /** The host's microphone. */
  readonly track: MediaStreamTrack | null;
  readonly isLive: boolean;
  /** The clock of the server, Unix ms. */
  readonly nowMs: () => number;
  /** Round trip to the server, ms; `null` while nothing is sent. */
  readonly roundTripMs: number | null;
}

/** Captions from the host's voice, recognised on her device: the panel in the studio. */
export class SfStudioSpeech extends PageElement {
  static override properties = { source: { attribute: false }, version: { state: true }, language: { state: true } };
  declare source: SpeechSource | null;
  declare version: number;
  declare language: string;
  #sender: CaptionSender | null = null;
  readonly #speech = new Speech(recognitionOf(globalThis), {
    changed: () => (this.version += 1),
    say: (language, captions) => this.#sender?.send(language, captions),
    nowMs: () => this.source?.nowMs() ?? Date.now(),
    // Half a round trip to the server, which waits for lost packets one and a half more.
    delayMs: () => 2 * (this.source?.roundTripMs ?? 0),
    isLive: () => this.source?.isLive ?? false,
  });

  constructor() {
    super();
    this.source = null;
    this.version = 0;
    this.language = languages()[0]?.[0] ?? 'en-US';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#speech.stop();
  }

  protected override willUpdate(): void {
    if (this.source) this.#sender ??= new CaptionSender(new Api(), this.source.slug, () => (this.version += 1));
    this.#speech.use(this.source?.track ?? null);
  }

  override render() {
    const speech = this.#speech;
    if (speech.fault === 'no-browser') return html`<p class="sf-help" data-testid="studio-no-speech">${t('fault.no-browser')}</p>`;
    return html`<details class="sf-panel sf-studio__settings" data-testid="studio-speech" data-state=${speech.state}>
      <summary>${icon('captions')} ${t('title')}</summary>
      <div class="sf-stack">
      <p class="sf-help">${t('help')}</p>
      <div class="sf-field">
        <label for="speech-language">${t('language')}</label>
        <select
          id="speech-language"
          class="sf-input"
          ?disabled=${speech.isOn}
          @change=${(event: Event) => (this.language = (event.target as HTMLSelectElement).value)}
        >
          ${languages().map(([one, name]) => html`<option value=${one} ?selected=${one === this.language}>${name}</option>`)}
        </select>
      </div>
      <p>
        <button class="sf-button" data-testid="speech-toggle" aria-pressed=${speech.isOn} @click=${() => this.#toggle()}>
          ${speech.isOn ? t('stop') : t('start')}
        </button>
      </p>
      ${this.#renderStanding()}
      </div>
    </details>`;
  }

  #renderStanding() {
    const speech = this.#speech;
    const sender = this.#sender;
    const fault = speech.fault ? t(`fault.${speech.fault}`) : (sender?.problem ?? '');
    return html`
      ${speech.state === 'off' ? nothing : html`<p class="sf-soft" role="status" data-testid="speech-state">${this.#words()}</p>`}
      ${speech.words ? html`<p class="sf-small" dir="auto" lang=${speech.language} data-testid="speech-words">${speech.words}</p>` : nothing}
      ${sender?.said ? html`<p class="sf-soft sf-small sf-figures">${t('said', { count: sender.said })}</p>` : nothing}
      ${sender?.lost ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${t('lost', { count: sender.lost })}</span></p>` : nothing}
      ${fault ? html`<p class="sf-error" role="alert" data-testid="speech-fault">${icon('circle-alert')} <span>${fault}</span></p>` : nothing}
    `;
  }

  #words(): string {
    const { state } = this.#speech;
    if (state === 'listening' && !this.source?.isLive) return t('state.waits');
    return state === 'off' ? '' : t(`state.${state}`);
  }

  #toggle(): void {
    if (this.#speech.isOn) this.#speech.stop();
    else void this.#speech.start(this.language, this.source?.track ?? null);
  }
}

let named: readonly (readonly [language: string, name: string])[] | null = null;

/** The page's and the browser's own languages come first. */
function languages(): readonly (readonly [language: string, name: string])[] {
  if (named) return named;
  const page = document.documentElement.lang;
  const own = [page, ...navigator.languages].map((one) => LANGUAGES.find((pack) => pack === one || pack.split('-')[0] === one));
  const names = new Intl.DisplayNames([page || 'en'], { type: 'language' });
  named = [...new Set([...own.filter((one) => one !== undefined), ...LANGUAGES])].map((one) => [one, names.of(one) ?? one] as const);
  return named;
}

define('sf-studio-speech', SfStudioSpeech);
