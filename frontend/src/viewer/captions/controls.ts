/** `<sf-caption-controls>`: captions on and off, and the way to their settings. Also by the key *c*. */
import { html, nothing } from 'lit';
import { icon } from '../../ui/icon.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import { storeOf } from './store.ts';
import { say } from './texts/index.ts';

export class SfCaptionControls extends AppElement {
  static override topics: readonly Topic[] = ['view'];
  #stop: (() => void) | null = null;

  override render() {
    const { isOn, languages } = storeOf(this.app);
    if (languages.length === 0) return nothing;
    return html`<button class="sf-control" aria-label=${say('captions')} aria-pressed=${isOn} title=${say(isOn ? 'off' : 'on')} data-testid="captions" @click=${() => this.#toggle()}>
        ${icon('captions')}
      </button>
      ${isOn
        ? html`<button class="sf-control" aria-label=${say('settings')} data-testid="captions-settings" @click=${() => this.app.openPanel({ kind: 'captions' })}>
            ${icon('languages')}
          </button>`
        : nothing}`;
  }

  protected override appConnected(): void {
    this.#stop = storeOf(this.app).subscribe(() => this.requestUpdate());
    this.closest('sf-stage')?.addEventListener('keydown', this.#onKey as EventListener);
  }

  protected override appDisconnected(): void {
    this.#stop?.();
    this.closest('sf-stage')?.removeEventListener('keydown', this.#onKey as EventListener);
  }

  #toggle(): void {
    storeOf(this.app).choose({ isOn: !storeOf(this.app).choice.isOn });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const isTyped = event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement;
    const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === 'c' && !isTyped && !isShortcut && storeOf(this.app).languages.length > 0) this.#toggle();
  };
}
