/**
 * The products of a show, chosen and ordered. Works on the form's own rows: each keeps its field with its place, which
 * is what is posted, so the page does the same without this script.
 */
import { html, render } from 'lit';
import { icon } from '../ui/icon.ts';
import { startDrag } from './drag.ts';
import { matches, moved, movedOnto } from './rundown.ts';
import { t } from './texts.ts';

const ROW = '.sf-picker__row';

export class Picker {
  readonly #list: HTMLElement;
  readonly #chosen = document.createElement('ol');
  readonly #words = document.createElement('p');
  readonly #status = document.createElement('p');
  readonly #noMatch = document.createElement('p');
  readonly #rows: ReadonlyMap<string, HTMLElement>;
  readonly #changed: () => void;
  #order: readonly string[];
  #query = '';

  /** `root`: the field set with the list; `changed` is told after each change by a person. */
  constructor(root: HTMLElement, list: HTMLElement, changed: () => void) {
    this.#list = list;
    this.#changed = changed;
    this.#rows = new Map([...list.querySelectorAll<HTMLElement>(ROW)].map((row) => [idOf(row), row]));
    this.#order = [...this.#rows.keys()].filter((id) => this.#place(id).value !== '');
    this.#chosen.className = 'sf-picker sf-picker--chosen';
    this.#chosen.dataset.testid = 'picker-chosen';
    list.dataset.testid = 'picker-more';
    this.#words.className = 'sf-soft sf-picker__words';
    this.#noMatch.className = 'sf-soft sf-picker__words';
    this.#status.className = 'sf-visually-hidden';
    this.#status.setAttribute('role', 'status');
    for (const row of this.#rows.values()) this.#prepare(row);
    root.querySelector('#products_help')?.replaceChildren(t('form.productsHelp'));
    list.before(this.#words, this.#chosen, this.#createSearch());
    list.after(this.#noMatch, this.#status);
    this.#draw();
  }

  #place(id: string): HTMLInputElement {
    return this.#rows.get(id)?.querySelector('.sf-picker__place') as HTMLInputElement;
  }

  #prepare(row: HTMLElement): void {
    const name = row.dataset.name ?? '';
    this.#place(idOf(row)).hidden = true;
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

  #createSearch(): HTMLElement {
    const label = document.createElement('label');
    label.className = 'sf-field sf-picker__search';
    const onInput = (event: InputEvent): void => {
      this.#query = (event.target as HTMLInputElement).value;
      this.#draw();
    };
    // Enter adds the only one found, and never posts the form.
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      const found = [...this.#list.querySelectorAll<HTMLElement>(`${ROW}:not([hidden])`)];
      if (found.length === 1 && found[0]) this.#add(found[0], false);
    };
    render(
      html`<span class="sf-field__label">${t('form.search')}</span>
        <input class="sf-input" type="search" data-testid="picker-search" @input=${onInput} @keydown=${onKey} />`,
      label,
    );
    return label;
  }

  #add(row: HTMLElement, followsFocus = true): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.#set([...this.#order, idOf(row)], t('form.added', { name: row.dataset.name ?? '' }));
    if (followsFocus) next?.querySelector<HTMLElement>('.sf-picker__add')?.focus();
  }

  #remove(row: HTMLElement): void {
    const next = row.nextElementSibling ?? row.previousElementSibling;
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
    for (const [id, row] of this.#rows) {
      const index = this.#order.indexOf(id);
      this.#place(id).value = index < 0 ? '' : String(index + 1);
      row.querySelector('.sf-picker__number')?.replaceChildren(String(index + 1));
      row.hidden = index < 0 && this.#query.trim() !== '' && !matches(row.dataset.name ?? '', this.#query);
    }
    const chosen = this.#order.map((id) => this.#rows.get(id)).filter((row) => row !== undefined);
    const more = [...this.#rows.values()].filter((row) => !this.#order.includes(idOf(row)));
    this.#chosen.replaceChildren(...chosen);
    this.#list.replaceChildren(...more);
    this.#words.textContent = chosen.length ? t('form.chosen', { count: chosen.length }) : t('form.noneChosen');
    this.#noMatch.textContent = more.length ? t('rundown.noMatch', { query: this.#query }) : t('form.allChosen');
    this.#noMatch.hidden = more.some((row) => !row.hidden);
  }
}

function idOf(row: HTMLElement): string {
  return row.dataset.productId ?? '';
}
