/** `<sf-playback-quality>`: how the picture does at the viewers, in one line. */
import type { PlaybackOut } from '../api/schema.ts';
import { html, nothing } from 'lit';
import type { Api } from '../api/client.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { t } from './texts.ts';

const POLL_MS = 15_000;

export class SfPlaybackQuality extends PageElement {
  static override properties = { path: { type: String }, api: { attribute: false }, quality: { state: true } };
  declare path: string;
  declare api: Api | null;
  declare quality: PlaybackOut | null;
  #timer = 0;

  constructor() {
    super();
    this.path = '';
    this.api = null;
    this.quality = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = window.setInterval(() => void this.#poll(), POLL_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const { quality } = this;
    if (!quality || quality.viewers === 0) return nothing;
    const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    const values = { count: quality.viewers, share: number.format(100 * quality.stalling), delay: number.format((quality.latency_ms ?? 0) / 1000) };
    return html`<p class="sf-row sf-soft sf-small" data-testid="playback-quality">
      ${icon(quality.stalling > 0.05 ? 'triangle-alert' : 'eye')} <span>${t(quality.latency_ms === null ? 'playback.stalls' : 'playback.stallsAndDelay', values)}</span>
    </p>`;
  }

  async #poll(): Promise<void> {
    try {
      this.quality = (await this.api?.request<PlaybackOut>(`${this.path}/playback`)) ?? null;
    } catch {
      this.quality = null; // an old figure would be read as one of now
    }
  }
}

define('sf-playback-quality', SfPlaybackQuality);
