/**
 * `<sf-deal>`: the deal of this picture: the countdown before, the price and the time that is left, the units that there
 * really are, one tap, and what came of it. All times are those of the picture that the viewer sees.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock, formatMoney } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Deal } from '../timeline-client/index.ts';
import type { DealGoods } from '../timeline-client/deals.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { addToCart } from './buying.ts';
import { say } from './deal-texts/index.ts';
import { dealsOf, type DealRequest } from './deals.ts';
import './deal.css';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { keptTime } from './kept.ts';
import { SfWait } from './wait.ts';

const TICK_MS = 200;
const LAST_SECONDS_MS = 10_000;
/** While somebody has asked for a variant, the card is about that one. */
const HELD: ReadonlySet<string> = new Set(['pending', 'won', 'bought']);

export class SfDeal extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop', 'talk', 'viewer'];
  static override properties = { chosen: { state: true } };
  declare chosen: string;

  constructor() {
    super();
    const next = (selector: string) => this.querySelector<HTMLElement>(selector);
    new FocusKeeper(this, () => next('[role="status"]') ?? next('button:enabled, select') ?? this.app.focusChat());
    new Redrawing(this, TICK_MS, () => this.app.view.deals.length > 0); // its countdown
    this.chosen = '';
  }

  override render() {
    const deal = dealsOf(this.app).shown;
    if (!deal) return nothing;
    const request = dealsOf(this.app).request(deal);
    const leftMs = (deal.phase === 'soon' ? deal.opensMs : deal.endsMs) - dealsOf(this.app).pictureMs;
    const isLast = deal.phase === 'open' && leftMs <= LAST_SECONDS_MS;
    return html`<section
      class="sf-deal ${isLast ? 'sf-deal--last' : ''}"
      aria-labelledby=${this.app.id('deal-title')}
      data-testid="deal"
      data-deal-id=${deal.id}
      data-state=${deal.phase}
      data-request=${request?.state ?? nothing}
      data-dial=${request ? 'quiet' : 'normal'}
    >
      <div class="sf-deal__head">
        <h3 class="sf-deal__title" id=${this.app.id('deal-title')} dir="auto">${icon('tag')}<span>${deal.title}</span></h3>
        ${this.#time(deal, leftMs)}
      </div>
      ${this.#goods(deal, request)} ${this.#status(deal, request)}
      ${deal.isLimited && deal.phase !== 'over' && deal.left !== 0 && !request ? html`<p class="sf-deal__rule">${this.#rule(deal)}</p>` : nothing}
    </section>`;
  }

  #time(deal: Deal, leftMs: number) {
    if (deal.phase === 'over') return html`<span class="sf-badge" data-testid="deal-over">${say('over')}</span>`;
    const time = formatClock(Math.max(0, Math.ceil(leftMs / 1000)));
    return html`<span class="sf-deal__time sf-figures" role="timer" aria-live="off" data-testid="deal-time">
      ${icon('clock')}<span class="sf-visually-hidden">${say(deal.phase === 'soon' ? 'opens-in' : 'ends-in', { time })}</span>
      <span aria-hidden="true">${deal.phase === 'soon' ? say('in', { time }) : time}</span>
    </span>`;
  }

  #goods(deal: Deal, request: DealRequest | null): TemplateResult {
    const asked = request !== null && HELD.has(request.state) ? request.variantId : null;
    const one = asked === null ? this.#wanted(deal) : deal.goods.find(({ variant_id: id }) => id === asked);
    if (!one) return html``;
    const isReduced = one.prior !== null && one.prior > one.amount;
    const isChoice = deal.goods.length > 1 && deal.phase !== 'over' && asked === null;
    return html`<div class="sf-deal__goods">
      ${isChoice ? this.#choice(deal, one) : html`<span class="sf-deal__name" dir="auto">${one.name}</span>`}
      <p class="sf-deal__price">
        <span class="sf-price ${isReduced ? 'sf-price--reduced' : ''}" data-testid="deal-price">${formatMoney(one.amount, deal.currency)}</span>
        ${this.#left(deal)} ${one.prior === null ? nothing : html`<small class="sf-price__note">${t('product.lowest', { price: formatMoney(one.prior, deal.currency) })}</small>`}
      </p>
    </div>`;
  }

  #choice(deal: Deal, one: DealGoods) {
    return html`<select class="sf-input" aria-label=${say('choose')} data-testid="deal-variant" @change=${(event: Event) => (this.chosen = (event.target as HTMLSelectElement).value)}>
      ${deal.goods.map(({ variant_id: id, name }) => html`<option value=${id} ?selected=${id === one.variant_id}>${name}</option>`)}
    </select>`;
  }

  #left({ left, phase }: Deal) {
    if (left === null || phase === 'over') return nothing;
    return html`<span class="sf-badge ${left === 0 ? 'sf-badge--danger' : ''}" data-testid="deal-left">${left === 0 ? say('none-left') : say('left', { count: left })}</span>`;
  }

  #wanted(deal: Deal): DealGoods | undefined {
    return deal.goods.find(({ variant_id: id }) => id === this.chosen) ?? deal.goods[0];
  }

  #status(deal: Deal, request: DealRequest | null) {
    if (request?.state === 'pending') {
      const waitS = Math.max(0, Math.ceil((request.decidedMs - this.app.timeline.serverNowMs()) / 1000));
      return html`<p class="sf-deal__status" data-testid="deal-pending">
        <span role="status" tabindex="-1">${icon('check')} ${say('pending')}</span>
        ${waitS > 0 ? html`<span class="sf-figures" role="timer" aria-live="off">${icon('clock')}${formatClock(waitS)}</span>` : nothing}
      </p>`;
    }
    if (request?.state === 'won') {
      const kept = this.app.shop.cart.reserved.find(({ ref }) => ref === deal.id);
      return html`<p class="sf-deal__status sf-deal__status--won" data-testid="deal-won">
          <span role="status" tabindex="-1">${icon('check')} ${say('won')}</span> ${kept ? keptTime(this.app, kept) : nothing}
        </p>
        <button class="sf-button sf-button--primary sf-button--wide" data-testid="deal-cart" @click=${() => this.#toCart()}>${t('cart.view')}</button>`;
    }
    if (request?.state === 'bought') return html`<p class="sf-deal__status" role="status" tabindex="-1">${icon('check')} ${say('bought')}</p>`;
    return html`${request ? html`<p class="sf-deal__status" role="status" tabindex="-1" data-testid="deal-lost">${say(request.state === 'lapsed' ? 'lapsed' : (LOST[request.reason] ?? 'lost'))}</p>` : nothing}
      ${this.#button(deal)}`;
  }

  #button(deal: Deal) {
    const one = this.#wanted(deal);
    if (!one) return nothing;
    if (deal.left === 0 && this.#isSoldOut(one)) return html`<sf-wait .sku=${one.sku}></sf-wait>`;
    if (deal.phase === 'over') return nothing;
    const isOff = deal.phase === 'soon' || deal.left === 0 || this.app.timeline.isBanned || this.app.view.state !== 'live' || this.app.view.selling !== null;
    return html`<button
      class="sf-button sf-button--primary sf-button--wide"
      data-testid="deal-take"
      aria-busy=${dealsOf(this.app).isBusy(deal)}
      ?disabled=${isOff}
      @click=${() => this.#take(deal, one)}
    >
      ${this.app.view.selling ? t('product.paused') : deal.phase === 'soon' ? say('soon') : (deal.isLimited ? say('take') : t('product.add'))}
    </button>`;
  }

  /** In the shop, too: there is a queue for what comes back. */
  #isSoldOut({ product_id: productId, sku }: DealGoods): boolean {
    const variant = this.app.shop.product(productId)?.variants.find((one) => one.sku === sku);
    return variant !== undefined && this.app.view.state === 'live' && this.app.shop.available(variant) <= 0;
  }

  #rule(deal: Deal): string {
    const words = [say('rule', { count: Math.round(deal.windowMs / 1000) })];
    if (deal.perPerson !== null) words.push(say('per-person', { count: deal.perPerson }));
    return words.join(' ');
  }

  async #take(deal: Deal, one: DealGoods): Promise<void> {
    if (!deal.isLimited) {
      const product = this.app.shop.product(one.product_id);
      if (product) await addToCart(this.app, product, one.sku);
      return;
    }
    const taking = dealsOf(this.app).take(deal, one.variant_id);
    this.requestUpdate();
    try {
      await taking;
    } catch (error) {
      this.app.tellProblem(error);
    }
    this.requestUpdate();
  }

  #toCart(): void {
    void this.app.shop.reloadCart().catch(() => undefined);
    this.app.openPanel({ kind: 'cart' });
  }
}

const LOST: Record<string, 'lost' | 'withdrawn'> = { withdrawn: 'withdrawn' };

export const elements = { 'sf-deal': SfDeal, 'sf-wait': SfWait };
