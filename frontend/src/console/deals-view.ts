import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { repeat } from 'lit/directives/repeat.js';
import type { StaffDeal } from '../api/schema.ts';
import type { Product } from '../api/types.ts';
import { formatClock, formatMoney } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { DEAL_FORM, dealPlace } from './deal-actions.ts';
import { draftOf, numbersOf, stepOf } from './deal-form.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t } from './texts.ts';
import { renderVariantChoice } from './variant-choice.ts';

const COUNTDOWN_S = 10;

/** Deals: prepared ones with one button each, the one that is on with its time and counts, and what came of the others. */
export class SfConsoleDeals extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    products: { state: true },
    editing: { state: true },
    isPercent: { state: true },
  };
  declare session: Session;
  declare version: number;
  /** The goods to choose from while the form is open. */
  declare products: readonly Product[] | null;
  /** The prepared deal that the form is about; null for a new one. */
  declare editing: StaffDeal | null;
  declare isPercent: boolean;

  constructor() {
    super();
    this.products = null;
    this.editing = null;
    this.isPercent = false;
  }

  override render() {
    const { deals } = this.session.talk.lists;
    return html`
      <div class="sf-talk__head">
        <button class="sf-button sf-button--small" data-testid="deal-new" aria-expanded=${this.products !== null} @click=${() => (this.products ? this.#close() : void this.#edit(null))}>
          ${icon(this.products ? 'x' : 'plus')} ${t('deals.make')}
        </button>
      </div>
      ${this.products ? keyed(this.editing, this.#renderForm(this.products, this.editing)) : nothing} ${errorLine(this.session.errorAt('list:deals'))}
      ${deals?.length === 0 && !this.products ? html`<div class="sf-empty">${icon('tag')}<p>${t('deals.empty')}</p></div>` : nothing}
      <ol class="sf-talk__list" aria-label=${t('deals.title')}>
        ${repeat(inOrder(deals ?? []), (one) => one.deal_id, (one) => this.#renderDeal(one))}
      </ol>
    `;
  }

  #renderDeal(one: StaffDeal) {
    const isOn = one.state === 'open' || one.state === 'announced';
    return html`<li class="sf-card-row ${isOn ? 'sf-card-row--on' : ''}" data-testid=${`deal-${one.deal_id}`} data-state=${one.state}>
      <p class="sf-card-row__who">
        <span class="sf-badge ${isOn ? 'sf-badge--live' : ''}">${STATES[one.state]?.() ?? one.state}</span>
        ${isOn ? html`<strong class="sf-figures" role="timer" data-testid="deal-clock">${ticking(() => this.#clock(one))}</strong>` : nothing}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.title}</p>
      <p class="sf-small sf-soft">${one.goods.map(({ name, amount }) => `${name} ${formatMoney(amount, one.currency)}`).join(' · ')}</p>
      <p class="sf-small sf-figures" data-testid="deal-counts">${countsOf(one)}</p>
      ${this.#renderActs(one)} ${errorLine(this.session.errorAt(dealPlace(one.deal_id)))}
    </li>`;
  }

  #clock(one: StaffDeal): string {
    const at = one.state === 'announced' ? one.opens_at : one.ends_at;
    const leftS = Math.max(0, Math.ceil((Date.parse(at ?? '') - this.session.serverNowMs()) / 1000));
    return t(one.state === 'announced' ? 'deals.opensIn' : 'deals.endsIn', { time: formatClock(leftS) });
  }

  #renderActs(one: StaffDeal) {
    const { session } = this;
    const isBusy = session.isBusy(dealPlace(one.deal_id));
    const button = (verb: string, words: string, act: () => void, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`deal-${verb}-${one.deal_id}`}
      aria-busy=${isBusy}
      @click=${act}
    >
      ${words}
    </button>`;
    if (!session.mayProduce || one.state === 'ended') return nothing;
    if (one.state !== 'draft') return html`<div class="sf-card-row__acts">${button('end', t('deals.end'), () => void session.deals.end(one.deal_id))}</div>`;
    return html`<div class="sf-card-row__acts">
      ${session.state.state === 'live'
        ? html`${button('countdown', t('deals.openIn', { count: COUNTDOWN_S }), () => void session.deals.open(one.deal_id, COUNTDOWN_S), true)}
          ${button('open', t('deals.open'), () => void session.deals.open(one.deal_id, 0))}`
        : nothing}
      ${button('edit', t('deals.edit'), () => void this.#edit(one))} ${button('delete', t('deals.delete'), () => void session.deals.remove(one.deal_id))}
    </div>`;
  }

  // The form

  async #edit(deal: StaffDeal | null): Promise<void> {
    this.session.forget(DEAL_FORM);
    const isRead = await this.session.actions.run('deal:goods', async () => void (this.products = await this.session.deals.goods()));
    if (!isRead) return;
    this.editing = deal;
    this.isPercent = deal?.percent_bp !== null && deal !== null;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>('#sf-deal-title')?.focus();
  }

  #leave(event: KeyboardEvent): void {
    const field = event.target as HTMLInputElement;
    if (event.key !== 'Escape' || (field.type === 'search' && field.value !== '')) return; // a search field empties itself
    event.stopPropagation();
    this.#close();
    this.querySelector<HTMLElement>('[data-testid=deal-new]')?.focus();
  }

  #close(): void {
    this.session.forget(DEAL_FORM);
    this.products = null;
    this.editing = null;
  }

  #renderForm(products: readonly Product[], deal: StaffDeal | null) {
    const values = numbersOf(deal);
    const step = stepOf(deal?.currency ?? this.#currency);
    const number = (name: string, label: string, attributes: { min: number | string; max: number; step?: string; value?: number | string | undefined; required?: boolean }) => html`<div class="sf-field">
      <label for="sf-deal-${name}">${label}</label>
      <input
        id="sf-deal-${name}" class="sf-input" type="number" name=${name} data-testid=${`deal-${name}`} inputmode="decimal"
        min=${attributes.min} max=${attributes.max} step=${attributes.step ?? 1} .defaultValue=${attributes.value === undefined ? '' : String(attributes.value)}
        ?required=${attributes.required ?? false}
      />
    </div>`;
    return html`<form class="sf-stack sf-deal-form" data-testid="deal-form" @keydown=${(event: KeyboardEvent) => this.#leave(event)} @submit=${(event: SubmitEvent) => void this.#prepare(event)}>
      <div class="sf-field"><label for="sf-deal-title">${t('deals.name')}</label><input id="sf-deal-title" class="sf-input" name="title" maxlength="80" required autocomplete="off" .defaultValue=${deal?.title ?? ''} data-testid="deal-title" /></div>
      ${renderVariantChoice('variants', products, new Set(deal?.variant_ids))}
      <label class="sf-check"><input type="checkbox" ?checked=${this.isPercent} @change=${() => (this.isPercent = !this.isPercent)} /> ${t('deals.isPercent')}</label>
      ${this.isPercent ? number('percent', t('deals.percent'), { min: 1, max: 99, value: values.percent, required: true }) : number('price', t('deals.price'), { min: step, max: 1_000_000, step, value: values.price, required: true })}
      ${number('units', t('deals.units'), { min: 1, max: 100_000, value: values.units })} ${number('each', t('deals.each'), { min: 1, max: 10, value: values.each })}
      ${number('lasts', t('deals.lasts'), { min: 10, max: 86_400, value: values.lasts, required: true })}
      ${errorLine(this.session.errorAt(DEAL_FORM) ?? this.session.errorAt('deal:goods'))}
      <button class="sf-button sf-button--primary" data-testid="deal-save" aria-busy=${this.session.isBusy(DEAL_FORM)}>${t('deals.save')}</button>
    </form>`;
  }

  get #currency(): string {
    return this.products?.[0]?.variants[0]?.currency ?? 'EUR';
  }

  async #prepare(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const draft = draftOf(new FormData(event.target as HTMLFormElement), this.#currency);
    if (await this.session.deals.prepare(draft, this.editing?.deal_id ?? null)) this.#close();
  }
}

function countsOf(one: StaffDeal): string {
  if (one.state === 'draft') return one.units_max === null ? t('deals.noLimit') : t('deals.ofUnits', { count: one.units_max });
  const words = [t('deals.asked', { count: one.asked }), t('deals.won', { count: one.won }), t('deals.bought', { count: one.bought })];
  if (one.left !== null) words.push(t('deals.left', { count: one.left }));
  return words.join(' · ');
}

const STATES: Readonly<Record<string, () => string>> = {
  draft: () => t('deals.state.draft'),
  announced: () => t('deals.state.announced'),
  open: () => t('deals.state.open'),
  ended: () => t('deals.state.ended'),
};
const ORDER: Readonly<Record<string, number>> = { open: 0, announced: 0, draft: 1, ended: 2 };

function inOrder(deals: readonly StaffDeal[]): readonly StaffDeal[] {
  return deals.toSorted((a, b) => (ORDER[a.state] ?? 3) - (ORDER[b.state] ?? 3));
}

define('sf-console-deals', SfConsoleDeals);
