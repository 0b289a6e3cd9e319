/** What is kept for the viewer, with its timer, and the place in the queue for what is sold out. */
import { html, nothing } from 'lit';
import type { ReservedItem } from '../api/schema.ts';
import type { Cart } from '../api/types.ts';
import { formatClock, formatMoney, formatOptions } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import type { ViewerApp } from './app.ts';
import { AppElement } from './element.ts';
import { say } from './kept-texts/index.ts';
import { problemText } from './problem-text.ts';
import { stillText } from './selling-pause.ts';
import { errorLine, thumb } from './shared-templates.ts';
import type { Topic } from './app.ts';

/** Minutes and seconds that are left by the server's clock. */
function timeLeft(app: ViewerApp, one: ReservedItem): string {
  const still = stillText(one.time_left_s);
  if (still !== null) return still;
  const leftMs = Date.parse(one.expires_at) - app.timeline.serverNowMs();
  return leftMs > 0 ? say('kept.left', { time: formatClock(Math.ceil(leftMs / 1000)) }) : say('kept.over');
}

/** The goods of a cart that are kept for the viewer. */
export function keptLines(app: ViewerApp, { reserved, currency }: Cart, giveBack: (id: string) => void) {
  if (reserved.length === 0) return nothing;
  return html`<h3 class="sf-field__label">${say('kept')}</h3>
    <ul class="sf-lines" data-testid="kept-lines">
      ${reserved.map(
        (one) => html`<li class="sf-line" data-testid="kept-line" data-sku=${one.sku}>
          ${thumb(one.image_url)}
          <div class="sf-line__words">
            <p class="sf-line__name">${one.quantity > 1 ? `${one.quantity} × ` : nothing}${one.name}</p>
            <p class="sf-soft sf-small">${formatOptions(one.options)}</p>
            <p class="sf-badge sf-badge--accent sf-figures" data-testid="kept-timer">
              ${icon('hourglass')} ${one.in_checkout ? say('kept.in-checkout') : ticking(() => timeLeft(app, one))}
            </p>
          </div>
          <p class="sf-price sf-line__price">${formatMoney(one.line_total, currency)}</p>
          ${one.label ? html`<p class="sf-line__notes"><span class="sf-badge">${one.label}</span></p>` : nothing}
          ${one.in_checkout
            ? nothing
            : html`<div class="sf-line__tools">
                <button
                  class="sf-button sf-button--small"
                  data-testid="kept-give-back"
                  aria-label=${say('kept.give-back-about', { name: one.name })}
                  @click=${() => giveBack(one.id)}
                >
                  ${say('kept.give-back')}
                </button>
              </div>`}
        </li>`,
      )}
    </ul>`;
}

/** `<sf-wait sku>`: waits for a variant that is sold out, and says honestly how many people are before. */
export class SfWait extends AppElement {
  static override topics: readonly Topic[] = ['shop'];
  static override properties = { sku: { type: String }, place: { state: true }, isBusy: { state: true }, error: { state: true } };
  declare sku: string;
  /** Undefined: not asked yet; null: the viewer does not wait. */
  declare place: number | null | undefined;
  declare isBusy: boolean;
  declare error: string;

  constructor() {
    super();
    this.sku = '';
    this.place = undefined;
    this.isBusy = false;
    this.error = '';
  }

  override render() {
    const waits = typeof this.place === 'number';
    return html`<button
        class="sf-button sf-button--large sf-button--wide"
        data-testid=${waits ? 'wait-leave' : 'wait-join'}
        aria-busy=${this.isBusy}
        @click=${() => this.#tap()}
      >
        ${icon(waits ? 'x' : 'hourglass')} ${say(waits ? 'wait.leave' : 'wait')}
      </button>
      ${waits ? html`<p class="sf-small" role="status" data-testid="wait-place">${placeText(this.place as number)}. ${say('wait.told')}</p>` : nothing}
      ${errorLine(this.app, 'wait-error', this.error)}`;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('sku') && this.sku) void this.#ask();
  }

  async #ask(): Promise<void> {
    const { sku } = this;
    const waits = await this.app.shop.waits().catch(() => []);
    if (sku === this.sku) this.place = waits.find((one) => one.sku === sku && one.state === 'waiting')?.place ?? null;
  }

  async #tap(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error = '';
    const { sku } = this;
    try {
      if (typeof this.place === 'number') {
        await this.app.shop.leave(sku);
        if (sku === this.sku) this.place = null;
      } else {
        const { place } = await this.app.shop.wait(sku);
        if (sku === this.sku) this.place = place;
      }
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    } finally {
      this.isBusy = false;
    }
  }
}

function placeText(place: number): string {
  return place <= 1 ? say('wait.next') : say('wait.place', { count: place - 1 });
}
