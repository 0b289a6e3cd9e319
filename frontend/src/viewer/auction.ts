/**
 * `<sf-auction>`: the auction of this picture: the price, the time that is left, the next bid in one tap, a maximum of
 * one's own. In the column it stands in full; on a phone in one row, which opens.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock, formatMoney, formatTime } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Auction } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import './auction.css';
import type { Topic } from './app.ts';
import { say } from './auction-texts/index.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { amountOf } from './money-field.ts';

const TICK_MS = 250;
const LAST_SECONDS_MS = 10_000;

export class SfAuction extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk', 'layout', 'viewer'];
  static override properties = { isOpen: { state: true }, problem: { state: true } };
  declare isOpen: boolean;
  /** What is wrong with the amount that was typed. */
  declare problem: string;

  constructor() {
    super();
    const next = (selector: string) => this.querySelector<HTMLElement>(selector);
    // Never to the button that binds: an Enter that was meant for another one would be a bid.
    new FocusKeeper(this, () => next('.sf-auction__status') ?? next('.sf-auction__fold') ?? this.app.focusChat());
    new Redrawing(this, TICK_MS, () => this.app.bids.auction !== null); // its countdown, or the end of its result
    this.isOpen = false;
    this.problem = '';
  }

  override render() {
    const { auction } = this.app.bids;
    if (!auction) return nothing;
    const isFull = this.app.isWide || this.isOpen;
    const isLast = auction.state === 'open' && (this.app.bids.leftMs(auction) ?? Infinity) <= LAST_SECONDS_MS;
    return html`<section
      class="sf-auction ${isLast ? 'sf-auction--last' : ''}"
      aria-labelledby=${this.app.id('auction-title')}
      data-testid="auction"
      data-auction-id=${auction.id}
      data-state=${auction.state}
      data-dial=${this.app.bids.own(auction.id) ? 'quiet' : 'normal'}
    >
      ${this.#head(auction)} ${isFull ? this.#body(auction) : nothing}
      ${auction.state === 'closed' ? this.#closed(auction) : this.#acts(auction, isFull)}
    </section>`;
  }

  #head(auction: Auction) {
    const { title, currency } = auction.look;
    const { price, bids } = auction.standing;
    return html`<div class="sf-auction__head">
      <div class="sf-auction__what">
        <h3 class="sf-auction__title ${this.app.isWide || this.isOpen ? '' : 'sf-clip'}" id=${this.app.id('auction-title')} dir="auto">${title}</h3>
        <p class="sf-auction__price sf-figures" data-testid="auction-price">
          <b>${formatMoney(auction.close?.price ?? price, currency)}</b>
          <span class="sf-soft">${auction.state === 'announced' ? say('start-price') : say('bids', { count: bids })}</span>
        </p>
      </div>
      ${this.#time(auction)}
      ${this.app.isWide
        ? nothing
        : html`<button
            class="sf-auction__fold"
            aria-expanded=${this.isOpen}
            aria-label=${say(this.isOpen ? 'less' : 'more')}
            data-testid="auction-fold"
            @click=${() => (this.isOpen = !this.isOpen)}
          >
            ${icon(this.isOpen ? 'chevron-down' : 'chevron-up')}
          </button>`}
    </div>
    ${this.#status(auction)}`;
  }

  #time(auction: Auction) {
    if (auction.state === 'closed') return html`<span class="sf-badge">${say('over')}</span>`;
    if (auction.state === 'announced') return html`<span class="sf-badge">${say('soon')}</span>`;
    const leftMs = this.app.bids.leftMs(auction);
    if (leftMs === null) return nothing;
    if (leftMs === 0) return html`<span class="sf-badge" data-testid="auction-counting">${say('counting')}</span>`;
    return html`<span class="sf-auction__time sf-figures" role="timer" aria-live="off" data-testid="auction-left" data-ends=${auction.endsMs}>${icon('clock')}${formatClock(Math.ceil(leftMs / 1000))}</span>`;
  }

  /** One line: lead, outbid, or who leads; on air alone. */
  #status(auction: Auction) {
    if (auction.state !== 'open') return nothing;
    const { bids } = this.app;
    const own = bids.own(auction.id);
    const { leader } = auction.standing;
    if (own?.isOut) return html`<p class="sf-auction__status" tabindex="-1" data-testid="auction-status">${say('out')}</p>`;
    if (bids.leads(auction)) return html`<p class="sf-auction__status sf-auction__status--leads" tabindex="-1" data-testid="auction-status">${icon('circle-check')}${say('you-lead')}</p>`;
    if (own) return html`<p class="sf-auction__status sf-auction__status--outbid" tabindex="-1" role="alert" data-testid="auction-status">${icon('circle-alert')}${say('outbid')}</p>`;
    if (leader === null) return nothing;
    return html`<p class="sf-auction__status sf-soft" tabindex="-1" data-testid="auction-status">${say('leads', { number: leader })}</p>`;
  }

  #body(auction: Auction) {
    const { look, standing } = auction;
    const own = this.app.bids.own(auction.id);
    const { variant_id: variantId, product_id: productId } = look;
    return html`<div class="sf-auction__facts sf-small">
      ${look.has_reserve && auction.state !== 'closed' ? html`<span class="sf-badge" data-testid="auction-reserve">${say(standing.reserve_met ? 'reserve-met' : 'reserve-not-met')}</span>` : nothing}
      ${own?.maximum ? html`<span data-testid="auction-own">${say('your-maximum', { amount: formatMoney(own.maximum, look.currency) })}</span>` : nothing}
      ${variantId && productId
        ? html`<button class="sf-link sf-link--target" @click=${() => this.app.openPanel({ kind: 'product', productId })}>${say('see-product')}</button>`
        : nothing}
    </div>`;
  }

  #acts(auction: Auction, isFull: boolean): TemplateResult | typeof nothing {
    const own = this.app.bids.own(auction.id);
    if (!this.#takesBids(auction) || own?.isOut) return nothing;
    if (this.app.view.selling) return html`<p class="sf-auction__acts sf-soft" data-testid="auction-paused">${t('product.paused')}</p>`;
    const role = this.app.viewer?.role ?? 'guest';
    if (role === 'guest') return this.#signIn();
    if (role !== 'member') return html`<p class="sf-small sf-soft" data-testid="auction-staff">${say('staff')}</p>`;
    return html`<div class="sf-auction__acts">
        ${this.#next(auction)} ${isFull ? this.#buyNow(auction) : nothing}
      </div>
      ${isFull ? this.#proxy(auction) : nothing} ${this.#retract(auction)}
      ${own ? nothing : html`<p class="sf-tiny sf-soft" data-testid="auction-terms">${say('binding')}</p>`}`;
  }

  /** History takes no bids. */
  #takesBids(auction: Auction): boolean {
    return !this.app.isRecorded && this.app.view.state !== 'ended' && this.app.bids.leftMs(auction) !== 0;
  }

  #signIn() {
    const login = this.app.data.urls?.login;
    return html`<p class="sf-auction__acts">
      ${login
        ? html`<a class="sf-button sf-button--primary sf-button--wide" data-testid="auction-sign-in" href=${login}>${icon('log-in')}${say('sign-in')}</a>`
        : say('members-only')}
    </p>`;
  }

  /** The leader's next step is a higher maximum, which has a field: a tap on a button would only cost money. */
  #next(auction: Auction) {
    const { standing, look, state } = auction;
    if (state === 'open' && this.app.bids.leads(auction)) return nothing;
    const amount = formatMoney(standing.minimum, look.currency);
    return html`<button
      class="sf-button sf-button--primary sf-auction__bid"
      data-testid="auction-bid"
      aria-busy=${this.app.bids.isBusy}
      @click=${() => void this.#try(() => this.app.bids.bid(auction, standing.minimum))}
    >
      ${say(this.app.bids.own(auction.id) ? 'bid' : 'bid-binding', { amount })}
    </button>`;
  }

  #buyNow(auction: Auction) {
    const { buy_now_amount: amount, currency } = auction.look;
    if (!auction.standing.buy_now || amount === null) return nothing;
    return html`<button
      class="sf-button"
      data-testid="auction-buy-now"
      aria-busy=${this.app.bids.isBusy}
      @click=${() => void this.#try(() => this.app.bids.buyNow(auction))}
    >
      ${say('buy-now', { amount: formatMoney(amount, currency) })}
    </button>`;
  }

  #proxy(auction: Auction) {
    const { currency } = auction.look;
    return html`<form class="sf-auction__proxy" @submit=${(event: SubmitEvent) => this.#sendMaximum(event, auction)}>
      <label class="sf-field">
        <span class="sf-field__label">${say('maximum')}</span>
        <input
          class="sf-input"
          name="maximum"
          inputmode="decimal"
          autocomplete="off"
          maxlength="16"
          aria-invalid=${this.problem !== ''}
          aria-describedby=${this.app.id('auction-hint')}
          data-testid="auction-maximum"
          placeholder=${formatMoney(auction.standing.minimum, currency)}
        />
      </label>
      <button class="sf-button" data-testid="auction-set-maximum" aria-busy=${this.app.bids.isBusy}>${say('set')}</button>
      <p class="sf-tiny ${this.problem ? 'sf-auction__problem' : 'sf-soft'}" role=${this.problem ? 'alert' : nothing} id=${this.app.id('auction-hint')}>
        ${this.problem || say('maximum-hint')}
      </p>
    </form>`;
  }

  #retract(auction: Auction) {
    const leftMs = this.app.bids.retractLeftMs(auction.id);
    if (leftMs === 0) return nothing;
    return html`<button class="sf-button sf-button--quiet" data-testid="auction-retract" @click=${() => void this.#try(() => this.app.bids.retract(auction.id))}>
      ${say('retract', { seconds: Math.ceil(leftMs / 1000) })}
    </button>`;
  }

  #closed(auction: Auction) {
    const { close, look } = auction;
    const own = this.app.bids.own(auction.id);
    if (own?.offer && own.offer.untilMs > this.app.timeline.serverNowMs()) {
      const words = { amount: formatMoney(own.offer.amount, look.currency), time: formatTime(new Date(own.offer.untilMs).toISOString()) };
      return html`<p class="sf-auction__status sf-auction__status--leads" tabindex="-1" role="status" data-testid="auction-won">${icon('trophy')}${say('won', words)}</p>
        <button class="sf-button sf-button--primary sf-button--wide" data-testid="auction-pay" @click=${() => this.app.openPanel({ kind: 'cart' })}>${say('pay')}</button>`;
    }
    const words: Readonly<Record<string, string>> = {
      sold: say('sold', { amount: formatMoney(close?.price ?? 0, look.currency), number: close?.leader ?? 0 }),
      'reserve-not-met': say('closed-reserve'),
      cancelled: say('cancelled'),
    };
    return html`<p class="sf-auction__status" tabindex="-1" role="status" data-testid="auction-result">${words[close?.result ?? ''] ?? say('unsold')}</p>`;
  }

  #sendMaximum(event: SubmitEvent, auction: Auction): void {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const amount = amountOf((form.elements.namedItem('maximum') as HTMLInputElement).value, auction.look.currency);
    if (amount === null || amount < auction.standing.minimum) {
      this.problem = say('too-low', { amount: formatMoney(auction.standing.minimum, auction.look.currency) });
      return;
    }
    this.problem = '';
    void this.#try(async () => {
      await this.app.bids.bid(auction, amount);
      form.reset();
    });
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.app.tellProblem(error);
    }
  }
}

export const elements = { 'sf-auction': SfAuction };
