import { html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatClock, formatMoney } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { renderCues } from './cues-view.ts';
import { plannedTurns } from './cues.ts';
import { requestDialog } from './dialog-requests.ts';
import { startDrag } from './drag.ts';
import { MAX_AT_ONCE, highlightOf, onAir, shownAt, type Highlight, type PlanItem, type RundownItem } from './model.ts';
import { renderAddItems, renderItemForm, renderTurn } from './plan-forms.ts';
import { filtered, moved, movedOnto, toggled } from './rundown.ts';
import { productPlace } from './places.ts';
import { renderStockTaps } from './selling-view.ts';
import type { Session } from './session.ts';
import { t, type ConsoleText } from './texts.ts';

const FEW_LEFT = 5;

/**
 * The plan of the show: one row for each product with its big button. What is on screen is unmistakable.
 * Rows are reordered by dragging the grip, by the arrow keys on it, or by Alt and an arrow anywhere in the row.
 */
export class SfConsoleRundown extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    query: { state: true },
    selection: { state: true },
    dragged: { state: true },
    target: { state: true },
    said: { state: true },
    edited: { state: true },
  };
  declare session: Session;
  declare version: number;
  declare query: string;
  declare selection: readonly string[];
  declare dragged: string | null;
  declare target: string | null;
  declare said: string;
  /** The segment whose form is open. */
  declare edited: string | null;
  #focusAfterMove: string | null = null;

  /** When each item's turn is planned, ms. */
  #turns: ReadonlyMap<string, number> = new Map();

  constructor() {
    super();
    this.query = '';
    this.selection = [];
    this.dragged = null;
    this.target = null;
    this.said = '';
    this.edited = null;
  }

  get #items(): readonly RundownItem[] {
    return filtered(this.session.state.rundown, this.query);
  }

  /** Products can be put on screen: the show is live and this person may. */
  get #isLive(): boolean {
    return this.session.state.state === 'live' && this.session.mayModerate;
  }

  // Keys, called by the console

  focusFilter(): void {
    this.querySelector<HTMLInputElement>('.sf-rundown__filter')?.focus();
  }

  /** Moves the focus by one row. */
  walk(step: number): void {
    const rows = [...this.querySelectorAll<HTMLElement>('.sf-item')];
    const at = rows.indexOf(this.#focusedRow() as HTMLElement);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
    next?.querySelector<HTMLElement>('.sf-item__act')?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  }

  selectFocused(): void {
    const id = this.#focusedRow()?.dataset.product;
    if (id) this.selection = toggled(this.selection, id);
  }

  moveFocused(step: number): void {
    const id = this.#focusedRow()?.dataset.product;
    if (id && this.session.mayProduce) this.#move(id, step);
  }

  highlightChosen(): void {
    if (this.selection.length) return this.#highlightSelection();
    const id = this.#focusedRow()?.dataset.product;
    if (id && this.#isLive) void this.session.highlight([id]);
  }

  pressNumber(index: number): void {
    const item = this.session.state.rundown[index];
    if (item && this.#isLive) void this.session.toggleProduct(item.product_id);
  }

  #focusedRow(): HTMLElement | null {
    return this.contains(document.activeElement) ? (document.activeElement?.closest<HTMLElement>('.sf-item') ?? null) : null;
  }

  #highlightSelection(): void {
    const chosen = this.selection;
    if (!this.#isLive) return;
    void this.session.highlight(chosen).then((done) => {
      if (done) this.selection = [];
    });
  }

  // Order

  #move(id: string, step: number): void {
    const order = this.session.state.rundown.map((item) => item.product_id);
    this.#reorder(moved(order, id, order.indexOf(id) + step), id);
  }

  #reorder(order: readonly string[], id: string): void {
    this.#focusAfterMove = id;
    this.said = t('rundown.movedTo', { n: order.indexOf(id) + 1, of: order.length });
    void this.session.reorder(order);
  }

  #startDrag(event: PointerEvent, id: string): void {
    this.dragged = id;
    startDrag(event, this, '.sf-item', {
      over: (row) => (this.target = row.dataset.product ?? null),
      end: (isDrop) => {
        const onto = this.target;
        this.dragged = null;
        this.target = null;
        if (!isDrop || !onto || onto === id) return;
        this.#reorder(movedOnto(this.session.state.rundown.map((item) => item.product_id), id, onto), id);
      },
    });
  }

  #onGripKey(event: KeyboardEvent, id: string): void {
    if (event.altKey) return; // the console's own key moves it
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.#move(id, step);
  }

  protected override updated(changed: PropertyValues): void {
    // Moving the row in the page took the focus away; it comes back when the new order is there.
    if (!this.#focusAfterMove || !changed.has('version') || this.session.isBusy('rundown')) return;
    const grip = this.querySelector<HTMLElement>(`[data-product="${this.#focusAfterMove}"] .sf-item__grip`);
    if (document.activeElement === document.body) grip?.focus({ preventScroll: true });
    grip?.closest('.sf-item')?.scrollIntoView({ block: 'nearest' });
    this.#focusAfterMove = null;
  }

  // Drawing

  override render() {
    const { state } = this.session;
    this.#turns = plannedTurns(state.plan, state.started_at === null ? null : Date.parse(state.started_at));
    return html`
      <div class="sf-rundown__head">
        <h2>${t('rundown.title')} <span class="sf-soft sf-figures">${state.rundown.length}</span></h2>
        ${state.rundown.length > 3 ? this.#renderFilter() : nothing}
      </div>
      ${this.#renderNote()} ${renderCues(this.session)} ${this.#renderError('rundown')}
      <div class="sf-rundown__scroll">
        <ol class="sf-rundown__list" data-testid="rundown">
          ${repeat(
            this.#items,
            (item) => item.product_id,
            (item) => html`${this.query ? nothing : this.#renderOthers(item.product_id)}${this.#renderItem(item)}`,
          )}
          ${this.query ? nothing : this.#renderOthers(null)}
        </ol>
        ${this.#renderEmpty()} ${this.#renderAdd()}
      </div>
      ${this.selection.length ? this.#renderSelection() : nothing}
      <p class="sf-visually-hidden" role="status">${this.said}</p>
    `;
  }

  #renderFilter() {
    return html`<label class="sf-rundown__search">
      ${icon('search')}<span class="sf-visually-hidden">${t('rundown.filter')}</span>
      <input
        class="sf-input sf-rundown__filter"
        type="search"
        data-testid="rundown-filter"
        placeholder=${t('rundown.filter')}
        .value=${this.query}
        @input=${(event: InputEvent) => (this.query = (event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== 'Escape') return;
          this.query = '';
          (event.target as HTMLInputElement).blur();
        }}
      />
    </label>`;
  }

  #renderNote() {
    const { state } = this.session.state;
    if (state === 'live' || state === 'ended' || !this.session.state.rundown.length) return nothing;
    return html`<p class="sf-rundown__note sf-soft sf-small">${t('rundown.notYet')}</p>`;
  }

  #renderEmpty() {
    const { state } = this.session;
    if (!state.loaded) {
      return html`<div class="sf-stack" aria-hidden="true">
        ${[1, 2, 3, 4].map(() => html`<div class="sf-skeleton sf-item--skeleton"></div>`)}
      </div>`;
    }
    if (!state.rundown.length) {
      return html`<div class="sf-empty">
        ${icon('package')}
        <p>${t('rundown.empty')}</p>
        ${this.session.mayProduce
          ? this.#renderAddButton('')
          : nothing}
      </div>`;
    }
    if (this.#items.length) return nothing;
    return html`<div class="sf-empty">
      <p>${t('rundown.noMatch', { query: this.query })}</p>
      <button class="sf-button sf-button--small" @click=${() => (this.query = '')}>${t('rundown.showAll')}</button>
    </div>`;
  }

  #renderAdd() {
    const { state } = this.session;
    if (!this.session.mayProduce || !state.loaded || state.state === 'ended') return nothing;
    return html`${state.rundown.length ? html`<p class="sf-rundown__add">${this.#renderAddButton('sf-button--small')}</p>` : nothing}
      ${renderAddItems(this, this.session)}`;
  }

  /** Segments and polls that stand in the plan before a product; null: after the last one. */
  #renderOthers(productId: string | null) {
    const { plan } = this.session.state;
    const place = plan.findIndex(({ kind, ref }) => kind === 'product' && ref === productId);
    const end = productId === null ? plan.length : place;
    let start = end;
    while (start > 0 && plan[start - 1]?.kind !== 'product') start -= 1;
    return plan.slice(start, Math.max(start, end)).map((item) => this.#renderOther(item));
  }

  #renderOther(item: PlanItem) {
    const editable = this.session.mayProduce && this.session.state.state !== 'ended';
    if (editable && this.edited === item.item_id) {
      return html`<li class="sf-segment" data-testid="plan-item" data-kind=${item.kind}>${renderItemForm(this.session, item, () => (this.edited = null))}</li>`;
    }
    return html`<li class="sf-segment" data-testid="plan-item" data-kind=${item.kind}>
      <div class="sf-item__text">
        <p class="sf-item__name">${item.title}</p>
        <p class="sf-item__facts sf-soft">${t(KIND_WORDS[item.kind] ?? 'rundown.segment')}</p>
        ${renderTurn(this.session, item, this.#turns.get(item.item_id))}
      </div>
      ${editable
        ? html`<div class="sf-row">
            ${this.#segmentButton('pencil', t('rundown.editItem', { name: item.title }), () => this.#edit(item.item_id))}
            ${this.#segmentButton('chevron-up', t('rundown.up', { name: item.title }), () => this.session.plan.moveItem(item.item_id, -1))}
            ${this.#segmentButton('chevron-down', t('rundown.down', { name: item.title }), () => this.session.plan.moveItem(item.item_id, 1))}
            ${this.#segmentButton('x', t('rundown.removeItem', { name: item.title }), () => this.session.plan.removeItem(item.item_id))}
          </div>`
        : nothing}
    </li>`;
  }

  async #edit(itemId: string): Promise<void> {
    this.edited = itemId;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>(`[data-testid="segment-edit-${itemId}"] input`)?.focus();
  }

  #segmentButton(sign: Parameters<typeof icon>[0], label: string, act: () => Promise<unknown>) {
    return html`<button class="sf-button sf-button--small sf-button--icon" aria-label=${label} title=${label} @click=${() => void act()}>${icon(sign)}</button>`;
  }

  #renderAddButton(size: string) {
    return html`<button class="sf-button ${size}" data-testid="rundown-add" @click=${() => requestDialog(this, { name: 'add' })}>
      ${icon('plus')} ${t('rundown.addProducts')}
    </button>`;
  }

  #renderItem(item: RundownItem) {
    const { state } = this.session;
    const running = highlightOf(state, item.product_id);
    const number = state.rundown.indexOf(item) + 1;
    const drop = this.target === item.product_id && this.dragged !== null && this.dragged !== item.product_id;
    const dragIndex = state.rundown.findIndex((one) => one.product_id === this.dragged);
    const classes = [
      'sf-item',
      running ? 'sf-item--on' : '',
      this.dragged === item.product_id ? 'sf-item--dragged' : '',
      drop ? (dragIndex < number - 1 ? 'sf-item--drop-after' : 'sf-item--drop-before') : '',
    ];
    return html`<li
      class=${classes.filter(Boolean).join(' ')}
      data-product=${item.product_id}
      data-testid=${`rundown-item-${item.product_id}`}
      data-on-air=${running ? 'true' : 'false'}
    >
      ${this.#renderGrip(item, number)}
      ${item.image_url
        ? html`<img class="sf-thumb" src=${item.image_url} alt="" loading="lazy" draggable="false" />`
        : html`<span class="sf-thumb sf-item__blank">${icon('image')}</span>`}
      <div class="sf-item__text">
        <p class="sf-item__name">${item.name}</p>
        <p class="sf-item__facts">${this.#renderPrice(item)} ${this.#renderStock(item)} ${renderStockTaps(this.session, item)}</p>
        ${running ? this.#renderOnAir(running) : this.#renderShown(item)} ${this.#renderProductTurn(item)}
      </div>
      ${this.#renderAct(item, running)} ${this.#renderError(productPlace([item.product_id]))}
    </li>`;
  }

  /** When a product's turn comes, and the form for it. */
  #renderProductTurn({ product_id: productId }: RundownItem) {
    const item = this.session.state.plan.find((one) => one.kind === 'product' && one.ref === productId);
    if (!item) return nothing;
    if (this.edited === item.item_id) return renderItemForm(this.session, item, () => (this.edited = null));
    const editable = this.session.mayProduce && this.session.state.state !== 'ended';
    const open = editable ? () => void this.#edit(item.item_id) : undefined;
    return renderTurn(this.session, item, this.#turns.get(item.item_id), open);
  }

  #renderGrip(item: RundownItem, number: number) {
    const movable = !this.query && this.session.mayProduce && this.session.state.state !== 'ended';
    return html`<div class="sf-item__lead">
      ${movable
        ? html`<button
            class="sf-item__grip"
            data-testid=${`grip-${item.product_id}`}
            aria-label=${t('rundown.grip', { name: item.name, n: number })}
            @pointerdown=${(event: PointerEvent) => this.#startDrag(event, item.product_id)}
            @keydown=${(event: KeyboardEvent) => this.#onGripKey(event, item.product_id)}
          >
            ${icon('grip-vertical')}
          </button>`
        : nothing}
      <span class="sf-item__number sf-figures">${number}</span>
    </div>`;
  }

  #renderPrice(item: RundownItem) {
    if (item.price === null) return html`<span class="sf-soft">${t('rundown.noPrice')}</span>`;
    const before = item.compare_at_price;
    return html`<span class="sf-price"
      >${formatMoney(item.price, item.currency)}${before ? html` <s>${formatMoney(before, item.currency)}</s>` : nothing}</span
    >`;
  }

  /** Without a price here there is nothing to sell, and so nothing sold out. */
  #renderStock(item: RundownItem) {
    if (item.price === null) return nothing;
    if (item.available <= 0) return html`<span class="sf-badge sf-badge--danger">${t('rundown.soldOut')}</span>`;
    const words = t('rundown.left', { count: item.available });
    return item.available <= FEW_LEFT
      ? html`<span class="sf-badge sf-badge--warning">${words}</span>`
      : html`<span class="sf-soft sf-figures">${words}</span>`;
  }

  #renderOnAir(running: Highlight) {
    const since = (): string => t('rundown.since', { time: formatClock((this.session.serverNowMs() - running.startedMs) / 1000) });
    return html`<p class="sf-item__air">
      <span class="sf-badge sf-badge--live">${icon('radio')} ${t('rundown.onAir')}</span>
      <span class="sf-figures sf-small">${ticking(since)}</span>
    </p>`;
  }

  #renderShown(item: RundownItem) {
    const times = shownAt(this.session.state, item.product_id);
    if (!times.length) return nothing;
    return html`<p class="sf-item__shown sf-figures">
      ${icon('check')} ${t('rundown.shownAt', { times: times.map((s) => formatClock(s)).join(', ') })}
    </p>`;
  }

  #renderAct(item: RundownItem, running: Highlight | undefined) {
    const { session } = this;
    if (session.state.state === 'ended' || !session.mayModerate) return nothing;
    const busy = session.isBusy(productPlace(running?.productIds ?? [item.product_id]));
    const button = running
      ? html`<button
          class="sf-button sf-button--large sf-item__act sf-item__act--down"
          data-testid=${`takedown-${running.id}`}
          aria-busy=${busy}
          @click=${() => void session.takeDown(running.id)}
        >
          ${t('rundown.takeDown')}
        </button>`
      : html`<button
          class="sf-button sf-button--large sf-item__act"
          data-testid=${`highlight-${item.product_id}`}
          ?disabled=${!this.#isLive}
          aria-busy=${busy}
          @click=${() => void session.highlight([item.product_id])}
        >
          ${t('rundown.highlight')}
        </button>`;
    return html`<div class="sf-item__acts">${button}${this.#renderSelect(item)}</div>`;
  }

  #renderSelect(item: RundownItem) {
    const selected = this.selection.includes(item.product_id);
    return html`<label class="sf-item__select" title=${t('rundown.selectHint')}>
      <input
        type="checkbox"
        data-testid=${`select-${item.product_id}`}
        aria-label=${t('rundown.select', { name: item.name })}
        .checked=${selected}
        ?disabled=${!this.#isLive || (!selected && this.selection.length >= MAX_AT_ONCE)}
        @change=${() => (this.selection = toggled(this.selection, item.product_id))}
      />
    </label>`;
  }

  #renderSelection() {
    return html`<div class="sf-rundown__chosen">
      <span>${t('rundown.chosen', { count: this.selection.length })}</span>
      <button class="sf-button sf-button--quiet sf-button--small" @click=${() => (this.selection = [])}>
        ${t('rundown.clear')}
      </button>
      <button
        class="sf-button sf-button--primary"
        data-testid="highlight-selected"
        ?disabled=${!this.#isLive}
        aria-busy=${this.session.isBusy(productPlace(this.selection))}
        @click=${() => this.#highlightSelection()}
      >
        ${this.selection.length > 1 ? t('rundown.highlightTogether') : t('rundown.highlight')}
      </button>
    </div>`;
  }

  #renderError(place: string) {
    const words = this.session.errorAt(place);
    if (!words) return nothing;
    return html`<p class="sf-error" role="alert" data-testid=${`error-${place}`}>
      ${icon('circle-alert')} <span>${words}</span>
    </p>`;
  }
}

const KIND_WORDS: Readonly<Record<string, ConsoleText>> = { poll: 'rundown.poll', deal: 'rundown.deal', auction: 'rundown.auction', giveaway: 'rundown.giveaway', activation: 'rundown.activation' };

define('sf-console-rundown', SfConsoleRundown);

/** Above everything, on every tab of a phone: what viewers have on their screen now, and the way to take it down. */
export function renderOnScreen(session: Session) {
  const running = onAir(session.state);
  if (session.state.state !== 'live') return nothing;
  if (!running.length) return html`<p class="sf-onscreen sf-onscreen--none sf-soft">${t('rundown.nothingOn')}</p>`;
  return html`<ul class="sf-onscreen" data-testid="on-screen" aria-label=${t('rundown.onScreenNow')}>
    ${running.map((one) => {
      const items = session.state.rundown.filter((item) => one.productIds.includes(item.product_id));
      return html`<li>
        ${icon('radio')}
        <span class="sf-clip">${items.map((item) => item.name).join(' + ') || t('rundown.product')}</span>
        ${session.mayModerate
          ? html`<button
              class="sf-button sf-button--small sf-onscreen__down"
              aria-busy=${session.isBusy(productPlace(one.productIds))}
              @click=${() => void session.takeDown(one.id)}
            >
              ${t('rundown.takeDown')}
            </button>`
          : nothing}
      </li>`;
    })}
  </ul>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-rundown': SfConsoleRundown;
  }
}
