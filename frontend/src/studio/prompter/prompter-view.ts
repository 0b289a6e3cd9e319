import { html, nothing, type PropertyValues } from 'lit';
import { PageElement, define } from '../../ui/element.ts';
import { deviceStore } from '../../ui/device-store.ts';
import { icon } from '../../ui/icon.ts';
import { studioIcon } from '../icons.ts';
import { t } from '../texts.ts';
import type { ScriptPart } from './script.ts';
import { SIZES, SPEEDS, keepSettings, readSettings, type PrompterSettings } from './settings.ts';

/** A tab that was away for a moment must not jump. */
const STEP_S_MAX = 0.1;

/**
 * The host's text over her own picture, near the camera. It scrolls by itself; a mirrored one is for a pane of glass
 * before the lens. Speed, size and mirror are kept on the device.
 *
 * @fires sf-prompter-edit - the host wants to change the text
 * @fires sf-prompter-close
 */
export class SfPrompter extends PageElement {
  static override properties = {
    parts: { attribute: false },
    isRunning: { state: true },
    settings: { state: true },
  };
  declare parts: readonly ScriptPart[];
  declare isRunning: boolean;
  declare settings: PrompterSettings;
  /** Fractions of a px, which `scrollTop` would lose. */
  #at = 0;
  #lastMs = 0;
  #frame = 0;

  constructor() {
    super();
    this.parts = [];
    this.isRunning = false;
    this.settings = readSettings(deviceStore());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
  }

  toggle(): void {
    this.isRunning = !this.isRunning;
  }

  /** Goes to the next cue, or with -1 to the one before. */
  jump(step: 1 | -1): void {
    const text = this.#text;
    if (!text) return;
    const parts = [...text.querySelectorAll<HTMLElement>('.sf-prompter__part')];
    const tops = parts.map((one) => one.offsetTop - (parts[0]?.offsetTop ?? 0));
    const now = text.scrollTop;
    const to = step > 0 ? tops.find((top) => top > now + 1) : tops.findLast((top) => top < now - 1);
    text.scrollTop = this.#at = to ?? (step > 0 ? now : 0);
  }

  protected override updated(changed: PropertyValues<this>): void {
    this.style.setProperty('--sf-prompter-size', String(this.settings.size));
    if (!changed.has('isRunning') || !this.isRunning) return;
    this.#at = this.#text?.scrollTop ?? 0;
    this.#lastMs = performance.now();
    this.#frame = requestAnimationFrame(this.#scroll);
  }

  get #text(): HTMLElement | null {
    return this.querySelector<HTMLElement>('.sf-prompter__text');
  }

  readonly #scroll = (nowMs: number): void => {
    const text = this.#text;
    if (!this.isRunning || !text) return;
    const letterPx = Number.parseFloat(getComputedStyle(text).fontSize);
    if (Math.abs(text.scrollTop - this.#at) > 1) this.#at = text.scrollTop; // the host has scrolled
    this.#at += this.settings.speed * letterPx * Math.min(STEP_S_MAX, (nowMs - this.#lastMs) / 1000);
    this.#lastMs = nowMs;
    text.scrollTop = this.#at;
    if (this.#at > text.scrollHeight - text.clientHeight) this.isRunning = false;
    else this.#frame = requestAnimationFrame(this.#scroll);
  };

  override render() {
    return html`<div class="sf-prompter" data-testid="prompter" data-running=${this.isRunning}>
      <div class="sf-prompter__text ${this.settings.isMirrored ? 'sf-prompter__text--mirrored' : ''}" tabindex="0" role="region" aria-label=${t('prompter.label')}>
        ${this.parts.length
          ? this.parts.map(
              ({ cue, words }) => html`<div class="sf-prompter__part">
                ${cue ? html`<strong class="sf-prompter__cue" dir="auto">${cue}</strong>` : nothing}
                ${words ? html`<p dir="auto">${words}</p>` : nothing}
              </div>`,
            )
          : html`<p>${t('prompter.empty')}</p>`}
        <div class="sf-prompter__end"></div>
      </div>
      ${this.#renderActs()}
    </div>`;
  }

  #set(changed: Partial<PrompterSettings>): void {
    this.settings = { ...this.settings, ...changed };
    keepSettings(deviceStore(), this.settings);
  }

  #renderActs() {
    const { speed, size, isMirrored } = this.settings;
    return html`<div class="sf-prompter__acts">
      ${this.#button('prompter-run', this.isRunning ? 'pause' : 'play', this.isRunning ? t('prompter.pause') : t('prompter.run'), () => this.toggle())}
      ${this.#button('prompter-back', 'chevron-up', t('prompter.back'), () => this.jump(-1))}
      ${this.#button('prompter-next', 'chevron-down', t('prompter.next'), () => this.jump(1))}
      ${this.#range('speed', t('prompter.speed'), SPEEDS, speed, (value) => this.#set({ speed: value }))}
      ${this.#range('size', t('prompter.size'), SIZES, size, (value) => this.#set({ size: value }))}
      <button
        class="sf-button sf-button--small sf-button--icon"
        data-testid="prompter-mirror"
        aria-pressed=${isMirrored}
        aria-label=${t('prompter.mirror')}
        title=${t('prompter.mirror')}
        @click=${() => this.#set({ isMirrored: !isMirrored })}
      >
        ${studioIcon('mirror')}
      </button>
      ${this.#button('prompter-edit', 'pencil', t('prompter.edit'), () => this.dispatchEvent(new CustomEvent('sf-prompter-edit')))}
      ${this.#button('prompter-close', 'x', t('prompter.close'), () => this.dispatchEvent(new CustomEvent('sf-prompter-close')))}
    </div>`;
  }

  #button(testId: string, sign: Parameters<typeof icon>[0], words: string, onClick: () => void) {
    return html`<button class="sf-button sf-button--small sf-button--icon" data-testid=${testId} aria-label=${words} title=${words} @click=${onClick}>
      ${icon(sign)}
    </button>`;
  }

  #range(name: string, words: string, { least, most, step }: typeof SPEEDS, value: number, onInput: (value: number) => void) {
    return html`<label class="sf-prompter__range">
      <span>${words}</span>
      <input
        type="range"
        data-testid=${`prompter-${name}`}
        min=${least}
        max=${most}
        step=${step}
        .value=${String(value)}
        @input=${(event: Event) => onInput((event.target as HTMLInputElement).valueAsNumber)}
      />
    </label>`;
  }
}

define('sf-prompter', SfPrompter);

declare global {
  interface HTMLElementTagNameMap {
    'sf-prompter': SfPrompter;
  }
}
