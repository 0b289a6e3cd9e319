import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatClock, formatMoney } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { amountOf } from '../viewer/money-field.ts';
import { AUCTION_FORM, auctionPlace, type AuctionAct, type StaffAuction } from './auctions.ts';
import { text } from './dialogs.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t, type ConsoleText } from './texts.ts';

const TICK_MS = 250;
const ORDER: Readonly<Record<string, number>> = { open: 0, announced: 1, draft: 2, closed: 3 };
const STATES: Readonly<Record<string, ConsoleText>> = { draft: 'auctions.draft', announced: 'auctions.isAnnounced', open: 'auctions.onAir', closed: 'auctions.closed' };
const RESULTS: Readonly<Record<string, ConsoleText>> = {
  sold: 'auctions.sold', unsold: 'auctions.unsold', 'reserve-not-met': 'auctions.reserveNotMet', cancelled: 'auctions.cancelled',
};
const OFFERS: Readonly<Record<string, ConsoleText>> = { open: 'auctions.offerOpen', paid: 'auctions.offerPaid', lapsed: 'auctions.offerLapsed', 'no-stock': 'auctions.offerNoStock' };

/** Auctions: the one on air first, then those to open, and what came of the others. */
export class SfConsoleAuctions extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false }, asked: { state: true }, wrong: { state: true } };
  declare session: Session;
  declare version: number;
  /** The auction whose end was asked for and is to be confirmed. */
  declare asked: string;
  /** The field of the form whose amount cannot be read. */
  declare wrong: string;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.asked = '';
    this.wrong = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.session.auctions.readPieces();
    if (!this.session.auctions.list) this.session.auctions.refresh();
    this.#timer = setInterval(() => {
      if (this.session.auctions.onAir) this.requestUpdate(); // its countdown
    }, TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override render() {
    const { list } = this.session.auctions;
    const sorted = (list ?? []).toSorted((a, b) => (ORDER[a.state] ?? 9) - (ORDER[b.state] ?? 9));
    return html`
      ${this.session.mayProduce ? this.#renderForm() : nothing} ${errorLine(this.session.errorAt('list:auctions'))}
      ${list?.length === 0 ? html`<div class="sf-empty">${icon('tag')}<p>${t('auctions.empty')}</p></div>` : nothing}
      <ol class="sf-talk__list" aria-label=${t('auctions.title')}>
        ${repeat(sorted, (one) => one.auction_id, (one) => this.#renderAuction(one))}
      </ol>
    `;
  }

  #renderAuction(one: StaffAuction) {
    const isOn = one.state === 'open';
    const money = (amount: number) => formatMoney(amount, one.currency);
    const words = one.state === 'closed' ? RESULTS[one.result] : STATES[one.state];
    return html`<li class="sf-card-row ${isOn ? 'sf-card-row--on' : ''}" data-testid=${`auction-${one.auction_id}`} data-state=${one.state}>
      <p class="sf-card-row__who">
        <span class="sf-badge ${isOn ? 'sf-badge--live' : ''}">${t(words ?? 'auctions.closed')}</span>
        ${isOn ? this.#renderLeft(one) : nothing}
        ${one.has_reserve ? html`<span class="sf-badge">${t(one.standing.reserve_met ? 'auctions.reserveMet' : 'auctions.reserveOf', { amount: money(one.reserve_amount ?? 0) })}</span>` : nothing}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.title}</p>
      <p class="sf-figures">
        <b>${money(one.standing.price)}</b>
        ${t('auctions.bids', { count: one.standing.bids })}${one.standing.leader === null ? nothing : html` · ${t('auctions.leads', { number: one.standing.leader })}`}
      </p>
      ${one.offers.map((offer) => html`<p class="sf-small sf-figures">${t(OFFERS[offer.state] ?? 'auctions.offerOpen', { number: offer.number, amount: money(offer.amount) })}</p>`)}
      ${this.session.mayProduce ? this.#renderActs(one) : nothing} ${errorLine(this.session.errorAt(auctionPlace(one.auction_id)))}
    </li>`;
  }

  #renderLeft({ standing }: StaffAuction) {
    const leftS = standing.ends_at === null ? 0 : Math.ceil((Date.parse(standing.ends_at) - this.session.serverNowMs()) / 1000);
    return leftS > 0
      ? html`<span class="sf-badge sf-figures ${leftS <= 10 ? 'sf-badge--danger' : ''}" role="timer" aria-live="off" data-testid="auction-left">${formatClock(leftS)}</span>`
      : html`<span class="sf-badge">${t('auctions.counting')}</span>`;
  }

  #renderActs(one: StaffAuction) {
    const { auctions } = this.session;
    const act = (name: AuctionAct, words: ConsoleText, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`auction-${name}-${one.auction_id}`}
      tabindex="0"
      aria-busy=${this.session.isBusy(auctionPlace(one.auction_id))}
      @click=${() => void auctions.act(one.auction_id, name)}
    >
      ${t(words)}
    </button>`;
    switch (one.state) {
      case 'draft':
        return html`<div class="sf-card-row__acts">
          ${act('open', 'auctions.open', true)} ${act('announce', 'auctions.announce')}
          <button class="sf-button sf-button--small" data-testid=${`auction-delete-${one.auction_id}`} @click=${() => void auctions.remove(one.auction_id)}>${t('auctions.delete')}</button>
        </div>`;
      case 'announced':
        return html`<div class="sf-card-row__acts">${act('open', 'auctions.open', true)} ${this.#renderCancel(one)}</div>`;
      case 'open':
        return html`<div class="sf-card-row__acts">${act('last-call', 'auctions.lastCall', true)} ${this.#renderCancel(one)}</div>`;
      default:
        return html`<div class="sf-card-row__acts">
          ${one.offers.at(-1)?.state === 'no-stock' ? act('offer-again', 'auctions.offerAgain', true) : nothing}
          <a class="sf-button sf-button--quiet sf-button--small" href=${auctions.bidsHref(one.auction_id)} download>${t('export.csv')}</a>
        </div>`;
    }
  }

  /** Nobody has bought then, which can't be taken back: it is asked first. */
  #renderCancel({ auction_id: id }: StaffAuction) {
    if (this.asked !== id) {
      return html`<button class="sf-button sf-button--small" data-testid=${`auction-ask-${id}`} @click=${() => (this.asked = id)}>${t('auctions.cancel')}</button>`;
    }
    const done = (isSure: boolean) => {
      this.asked = '';
      if (isSure) void this.session.auctions.act(id, 'cancel');
    };
    return html`<span class="sf-row sf-row--wrap" role="group" aria-label=${t('auctions.cancelAsk')}>
      <span class="sf-small">${t('auctions.cancelAsk')}</span>
      <button class="sf-button sf-button--small sf-button--danger" data-testid=${`auction-cancel-${id}`} @click=${() => done(true)}>${t('auctions.cancelYes')}</button>
      <button class="sf-button sf-button--small" @click=${() => done(false)}>${t('auctions.cancelNo')}</button>
    </span>`;
  }

  #renderForm() {
    const { pieces } = this.session.auctions;
    return html`<details class="sf-rundown__segment">
      <summary data-testid="auction-new">${t('auctions.make')}</summary>
      <form class="sf-stack sf-segment__form" data-testid="auction-form" @submit=${(event: SubmitEvent) => void this.#make(event)}>
        <label class="sf-field"><span class="sf-field__label">${t('auctions.piece')}</span>
          <select class="sf-input" name="variant" required>${pieces.map((one) => html`<option value=${one.variantId}>${one.words}</option>`)}</select></label>
        ${field('title', t('auctions.name'), { maxlength: 120 })} ${this.#amount('start', 'auctions.start', true)} ${this.#amount('step', 'auctions.step', true)}
        ${this.#amount('reserve', 'auctions.reserve')} ${this.#amount('buy_now', 'auctions.buyNow')}
        ${field('minutes', t('auctions.minutes'), { value: '3', type: 'number', min: 1, max: 240 })}
        ${field('extend', t('auctions.extend'), { value: '10', type: 'number', min: 0, max: 120 })}
        ${field('checkout', t('auctions.checkout'), { value: '15', type: 'number', min: 1, max: 2880 })}
        <label class="sf-check"><input type="checkbox" name="confirmed" checked /> <span>${t('auctions.confirmed')}</span></label>
        ${errorLine(this.wrong || this.session.errorAt(AUCTION_FORM))}
        <button class="sf-button sf-button--small sf-button--primary" data-testid="auction-make" aria-busy=${this.session.isBusy(AUCTION_FORM)}>${icon('plus')} ${t('auctions.make')}</button>
      </form>
    </details>`;
  }

  #amount(name: string, words: ConsoleText, isRequired = false) {
    return field(name, t(words), { inputmode: 'decimal', maxlength: 16 }, isRequired);
  }

  async #make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const piece = this.session.auctions.pieces.find(({ variantId }) => variantId === text(data, 'variant'));
    const read = (name: string): number | null => (text(data, name) === '' ? null : amountOf(text(data, name), piece?.currency || 'EUR'));
    const wrong = ['start', 'step', 'reserve', 'buy_now'].find((name) => text(data, name) !== '' && read(name) === null);
    this.wrong = wrong ? t('auctions.noAmount', { text: text(data, wrong) }) : '';
    if (wrong || !piece) return;
    const isMade = await this.session.auctions.make({
      variant_id: piece.variantId,
      title: text(data, 'title') || piece.words,
      start_amount: read('start') ?? 0,
      increments: [{ from_amount: 0, step: read('step') ?? 0 }],
      reserve_amount: read('reserve'),
      buy_now_amount: read('buy_now'),
      length_s: Math.round(Number(text(data, 'minutes')) * 60),
      extend_s: Number(text(data, 'extend')),
      checkout_s: Number(text(data, 'checkout')) * 60,
      bidders_rule: data.has('confirmed') ? 'confirmed' : 'member',
    });
    if (isMade) form.reset();
  }
}

function field(name: string, label: string, more: { value?: string; type?: string; min?: number; max?: number; maxlength?: number; inputmode?: string }, isRequired = false) {
  return html`<label class="sf-field"><span class="sf-field__label">${label}</span>
    <input
      class="sf-input"
      name=${name}
      type=${more.type ?? 'text'}
      value=${more.value ?? ''}
      min=${more.min ?? nothing}
      max=${more.max ?? nothing}
      maxlength=${more.maxlength ?? nothing}
      inputmode=${more.inputmode ?? nothing}
      autocomplete="off"
      ?required=${isRequired || more.type === 'number'}
      data-testid=${`auction-${name}`}
  /></label>`;
}

define('sf-console-auctions', SfConsoleAuctions);
