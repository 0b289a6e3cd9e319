/**
 * The products of a show, chosen and ordered. Works on the form's own rows: each keeps its field with its place, which
 * is what is posted, so the page does the same without this script. The server is asked for rows that the page lacks.
 */
import { html, render, type TemplateResult } from 'lit';
import { icon } from '../ui/icon.ts';
import { startDrag } from './drag.ts';
import type { CategoryChoice } from '../api/schema.ts';
import { categoryLabel, type FoundProduct, type ProductSearch } from './product-search.ts';
import { moved, movedOnto } from './rundown.ts';
import { t } from './texts.ts';

const ROW = '.sf-picker__row';

export class Picker {
  readonly #list: HTMLElement;
  readonly #chosen = document.createElement('ol');
  readonly #words = document.createElement('p');
  readonly #status = document.createElement('p');
  readonly #below = document.createElement('div');
  readonly #rows: Map<string, HTMLElement>;
  readonly #search: ProductSearch;
  readonly #changed: () => void;
  #field: HTMLInputElement | null = null;
  #order: readonly string[];
  /** Taken out since the last search: they stay at hand, whatever was searched. */
  #removed: readonly string[] = [];

  /** `root`: the field set with the list; `changed` is told after each change by a person. */
  constructor(root: HTMLElement, list: HTMLElement, search: ProductSearch, changed: () => void) {
    this.#list = list;
    this.#search = search;
    this.#changed = changed;
    this.#rows = new Map([...list.querySelectorAll<HTMLElement>(ROW)].map((row) => [idOf(row), row]));
    this.#order = [...this.#rows.keys()].filter((id) => this.#place(id).value !== '');
    this.#chosen.className = 'sf-picker sf-picker--chosen';
    this.#chosen.dataset.testid = 'picker-chosen';
    list.dataset.testid = 'picker-more';
    this.#words.className = 'sf-soft sf-picker__words';
    this.#below.className = 'sf-picker__below';
    this.#status.className = 'sf-visually-hidden';
    this.#status.setAttribute('role', 'status');
    for (const row of this.#rows.values()) this.#prepare(row);
    root.querySelector('#products_help')?.replaceChildren(t('form.productsHelp'));
    root.querySelector('[data-without-script]')?.remove();
    const field = root.querySelector<HTMLElement>('.sf-picker__search');
    if (field) this.#takeField(field);
    list.before(this.#words, this.#chosen, ...(field ? [field] : []));
    list.after(this.#below, this.#status);
    this.#draw();
  }

  /** Draws the list after a change of the search. */
  update(): void {
    const { isBusy, hasFailed, products } = this.#search;
    if (!isBusy) this.#status.textContent = hasFailed ? t('form.searchFailed') : t('form.found', { count: products.length });
    this.#draw();
  }

  #place(id: string): HTMLInputElement {
    return this.#rows.get(id)?.querySelector('.sf-picker__place') as HTMLInputElement;
  }

  #prepare(row: HTMLElement): void {
    const name = row.dataset.name ?? '';
    const place = row.querySelector<HTMLInputElement>('.sf-picker__place');
    if (place) place.hidden = true;
    const lead = document.createElement('span');
    lead.className = 'sf-picker__lead';
    const acts = document.createElement('span');
    acts.className = 'sf-picker__acts';
    row.prepend(lead);
    row.append(acts);
    render(
      html`<button
          type="button"
          class="sf-item__grip"
          aria-label=${t('form.grip', { name })}
          @pointerdown=${(event: PointerEvent) => this.#drag(event, row)}
          @keydown=${(event: KeyboardEvent) => this.#onKey(event, row)}
        >
          ${icon('grip-vertical')}</button
        ><span class="sf-picker__number sf-figures"></span>`,
      lead,
    );
    render(
      html`<button
          type="button"
          class="sf-button sf-button--small sf-picker__add"
          data-testid=${`picker-add-${idOf(row)}`}
          aria-label=${t('form.addOne', { name })}
          @click=${() => this.#add(row)}
        >
          ${icon('plus')} ${t('form.add')}</button
        ><button
          type="button"
          class="sf-button sf-button--small sf-button--quiet sf-button--icon sf-picker__remove"
          data-testid=${`picker-remove-${idOf(row)}`}
          title=${t('form.remove')}
          aria-label=${t('form.removeOne', { name })}
          @click=${() => this.#remove(row)}
        >
          ${icon('x')}
        </button>`,
      acts,
    );
  }

  /** Puts a choice of categories beside the search. */
  offer(categories: readonly CategoryChoice[]): void {
    const field = this.#field?.closest<HTMLElement>('.sf-field');
    if (!field || !categories.length) return;
    const place = document.createElement('div');
    place.className = 'sf-field';
    field.after(place);
    render(
      html`<label class="sf-field__label" for="product_category">${t('add.category')}</label>
        <select class="sf-input" id="product_category" data-testid="picker-category" @change=${(event: Event) => this.#search.choose((event.target as HTMLSelectElement).value)}>
          <option value="">${t('add.allCategories')}</option>
          ${categories.map((one) => html`<option value=${one.id}>${categoryLabel(one)}</option>`)}
        </select>`,
      place,
    );
  }

  #takeField(field: HTMLElement): void {
    field.querySelector('[data-find]')?.remove();
    const input = field.querySelector('input');
    this.#field = input;
    input?.addEventListener('input', () => {
      this.#removed = [];
      this.#search.type(input.value);
    });
    // Enter adds the only one found, and never posts the form.
    input?.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      const found = [...this.#list.querySelectorAll<HTMLElement>(ROW)];
      if (this.#search.isBusy) this.#search.now();
      else if (!this.#search.hasFailed && found.length === 1 && found[0]) this.#add(found[0], false);
    });
  }

  /** The row of a product that the page did not bring along, as the server's template draws it. */
  #create(product: FoundProduct): HTMLElement {
    const row = document.createElement('li');
    row.className = 'sf-picker__row';
    row.dataset.productId = product.product_id;
    row.dataset.name = product.name;
    // Not drawn by lit: the row gets more children and is moved about.
    const place = document.createElement('input');
    place.type = 'hidden';
    place.className = 'sf-picker__place';
    place.name = `position_${product.product_id}`;
    const picture = document.createElement(product.image_url ? 'img' : 'span');
    picture.className = 'sf-thumb';
    if (picture instanceof HTMLImageElement) Object.assign(picture, { alt: '', loading: 'lazy', src: product.image_url });
    else picture.setAttribute('aria-hidden', 'true');
    const name = document.createElement('span');
    name.className = 'sf-picker__name';
    name.textContent = product.name;
    const stock = document.createElement('span');
    stock.className = 'sf-soft sf-small sf-figures';
    stock.textContent = t('form.inStock', { n: product.available });
    row.append(place, picture, name, stock);
    this.#prepare(row);
    return row;
  }

  #rowOf(product: FoundProduct): HTMLElement {
    const row = this.#rows.get(product.product_id) ?? this.#create(product);
    this.#rows.set(product.product_id, row);
    return row;
  }

  #add(row: HTMLElement, followsFocus = true): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.#set([...this.#order, idOf(row)], t('form.added', { name: row.dataset.name ?? '' }));
    if (followsFocus) next?.querySelector<HTMLElement>('.sf-picker__add')?.focus();
  }

  #remove(row: HTMLElement): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.#removed = [idOf(row), ...this.#removed];
    this.#set(
      this.#order.filter((id) => id !== idOf(row)),
      t('form.removed', { name: row.dataset.name ?? '' }),
    );
    next?.querySelector<HTMLElement>('.sf-picker__remove')?.focus();
  }

  #onKey(event: KeyboardEvent, row: HTMLElement): void {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const id = idOf(row);
    this.#reorder(moved(this.#order, id, this.#order.indexOf(id) + step), id);
    row.querySelector<HTMLElement>('.sf-item__grip')?.focus();
  }

  #drag(event: PointerEvent, row: HTMLElement): void {
    let target: HTMLElement | null = null;
    const mark = (over: HTMLElement | null): void => {
      target?.classList.remove('sf-item--drop-before', 'sf-item--drop-after');
      target = over;
      if (!over || over === row) return;
      const isBelow = this.#order.indexOf(idOf(over)) > this.#order.indexOf(idOf(row));
      over.classList.add(isBelow ? 'sf-item--drop-after' : 'sf-item--drop-before');
    };
    row.classList.add('sf-item--dragged');
    startDrag(event, this.#chosen, ROW, {
      over: mark,
      end: (isDrop) => {
        const onto = target;
        mark(null);
        row.classList.remove('sf-item--dragged');
        if (isDrop && onto && onto !== row) this.#reorder(movedOnto(this.#order, idOf(row), idOf(onto)), idOf(row));
      },
    });
  }

  #reorder(order: readonly string[], id: string): void {
    if (order === this.#order) return;
    this.#set(order, t('rundown.movedTo', { n: order.indexOf(id) + 1, of: order.length }));
  }

  #set(order: readonly string[], said: string): void {
    this.#order = order;
    this.#status.textContent = said;
    this.#draw();
    this.#changed();
  }

  #draw(): void {
    const found = this.#search.products.map((one) => this.#rowOf(one));
    for (const [id, row] of this.#rows) {
      const index = this.#order.indexOf(id);
      this.#place(id).value = index < 0 ? '' : String(index + 1);
      row.querySelector('.sf-picker__number')?.replaceChildren(String(index + 1));
    }
    const rows = (ids: readonly string[]): HTMLElement[] =>
      ids.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
    const more = [...new Set([...rows(this.#removed), ...found])].filter((row) => !this.#order.includes(idOf(row)));
    const focused = document.activeElement;
    this.#chosen.replaceChildren(...rows(this.#order));
    this.#list.replaceChildren(...more);
    this.#list.hidden = more.length === 0;
    this.#list.setAttribute('aria-busy', String(this.#search.isBusy));
    if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) focused.focus();
    this.#words.textContent = this.#order.length ? t('form.chosen', { count: this.#order.length }) : t('form.noneChosen');
    render(this.#renderBelow(more.length), this.#below);
  }

  /** The focus goes on with the first product that came, for the button may be gone with the last page. */
  async #more(): Promise<void> {
    const before = this.#list.children.length;
    await this.#search.more();
    this.#list.children[before]?.querySelector<HTMLElement>('.sf-picker__add')?.focus();
  }

  async #retry(): Promise<void> {
    await this.#search.retry();
    if (!this.#search.hasFailed) this.#field?.focus();
  }

  #renderBelow(count: number): TemplateResult {
    const { isBusy, hasFailed, hasMore, isFull, query, products } = this.#search;
    const line = (words: string) => html`<p class="sf-soft sf-picker__words">${words}</p>`;
    if (hasFailed) {
      return html`<p class="sf-error" data-testid="picker-failed">${icon('circle-alert')} <span>${t('form.searchFailed')}</span></p>
        <button type="button" class="sf-button sf-button--small" @click=${() => void this.#retry()}>${t('form.again')}</button>`;
    }
    if (isBusy && !count) return line(t('form.searching'));
    if (isFull) return line(t('form.tooMany'));
    if (hasMore) {
      return html`<button type="button" class="sf-button sf-button--small" data-testid="picker-next" aria-disabled=${isBusy} @click=${() => void this.#more()}>
        ${t('form.more')}
      </button>`;
    }
    if (count) return html``;
    return line(products.length || !query ? t('form.allChosen') : t('rundown.noMatch', { query }));
  }
}

function idOf(row: HTMLElement): string {
  return row.dataset.productId ?? '';
}
