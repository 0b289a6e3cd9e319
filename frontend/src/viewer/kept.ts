/** What is kept for the viewer, with its timer, in the cart and beside the picture. */
import { html, nothing } from 'lit';
import type { ReservedItem } from '../api/schema.ts';
import type { Cart } from '../api/types.ts';
import { formatClock, formatMoney, formatOptions } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import type { ViewerApp } from './app.ts';
import { dealsOf } from './deals.ts';
import { ProductElement } from './appearances.ts';
import { AppElement } from './element.ts';
import './kept.css';
import { say } from './kept-texts/index.ts';
import { stillText } from './selling-pause.ts';
import { thumb } from './shared-templates.ts';
import type { Topic } from './app.ts';

/** The time that is left of what is kept, by the server's clock, in words. */
export function timeLeft(app: ViewerApp, one: ReservedItem): string {
  if (one.in_checkout) return checkoutTimeLeft(app);
  return leftText(one.time_left_s, (Date.parse(one.expires_at) - app.timeline.serverNowMs()) / 1000);
}

/** A page that was opened anew does not know the time of a checkout before its sheet has asked for it. */
export function checkoutTimeLeft({ checkout }: ViewerApp): string {
  return checkout?.checkout ? leftText(checkout.checkout.time_left_s, checkout.secondsLeft) : say('kept.in-checkout');
}

function leftText(stillS: number | null, leftS: number): string {
  return stillText(stillS) ?? (leftS > 0 ? say('kept.left', { time: formatClock(Math.ceil(leftS)) }) : say('kept.over'));
}

/** The timer of what is kept. Nobody is read its ticking: it stands where news are. */
export function keptTime(app: ViewerApp, one: ReservedItem) {
  return timer(() => timeLeft(app, one), 'kept-timer');
}

/** The timer of units that the viewer's own checkout holds. */
export function checkoutTime(app: ViewerApp) {
  return timer(() => checkoutTimeLeft(app), 'checkout-timer');
}

function timer(read: () => string, testId: string) {
  return html`<span class="sf-badge sf-badge--accent sf-figures sf-kept__time" role="timer" aria-live="off" data-testid=${testId}>
    ${icon('hourglass')}<span>${ticking(read)}</span>
  </span>`;
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
            <p>${keptTime(app, one)}</p>
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

/**
 * `<sf-kept>`: what the viewer holds, beside the picture, with its timer and the way to the cart; it is there at each
 * level of the dial. A deal or an auction that is to be seen says it on its own card.
 */
export class SfKept extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop', 'talk'];

  override render() {
    return this.app.shop.cart.reserved
      .filter((one) => !hasCard(this.app, one))
      .map(
        (one) => html`<button class="sf-kept" data-testid="kept-card" data-sku=${one.sku} @click=${() => this.app.openPanel({ kind: 'cart' })}>
          ${thumb(one.image_url)}
          <span class="sf-kept__words"><span class="sf-small">${say('kept')}</span><span class="sf-kept__name" dir="auto">${one.name}</span></span>
          ${keptTime(this.app, one)}
        </button>`,
      );
  }
}

/** The card of a deal or of an auction that is drawn tells of it. A reservation of an auction names the offer, and not the auction. */
export function hasCard(app: ViewerApp, { kind, ref, variant_id: variantId }: ReservedItem): boolean {
  if (kind === 'deal') return dealsOf(app).shown?.id === ref;
  const { auction } = app.bids;
  return kind === 'auction' && auction?.look.variant_id === variantId && (app.bids.own(auction.id)?.offer ?? null) !== null;
}

/** `<sf-kept-time>`: on the card of a product of which the viewer holds units: the time that they are theirs. */
export class SfKeptTime extends ProductElement {
  static override topics: readonly Topic[] = ['shop'];

  override render() {
    const { shop } = this.app;
    const kept = shop.keptOf(this.productId);
    if (!kept && !shop.holds(this.productId)) return nothing;
    return html`<span class="sf-visually-hidden">${say('kept')}</span>${timer(() => (kept ? timeLeft(this.app, kept) : checkoutTimeLeft(this.app)), 'card-timer')}`;
  }
}

export const elements = { 'sf-kept': SfKept, 'sf-kept-time': SfKeptTime };
