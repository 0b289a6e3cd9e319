/** Lists that are walked with the arrows: one row is in the tab order, letters act on the row that has the focus. */

/**
 * Keeps the focus in a list whose rows come and go: call `note` before a redraw and `keep` after it. A row that is done
 * with leaves; its neighbour has the focus then, so that three of them are three presses of a key.
 */
export class RowFocus {
  readonly #host: HTMLElement;
  #at = -1;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  get #rows(): readonly HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>('li[data-row]')];
  }

  note(): void {
    const here = document.activeElement;
    this.#at = here && this.#host.contains(here) ? this.#rows.findIndex((row) => row.contains(here)) : -1;
  }

  keep(): void {
    if (this.#at < 0 || document.activeElement !== document.body) return;
    const rows = this.#rows;
    rows[Math.min(this.#at, rows.length - 1)]?.focus();
  }
}

/** Moves the focus between the rows (`li`) of a list; letters are handed to `act`, which says whether it took one. */
export function onRowKey(event: KeyboardEvent, act: (key: string, row: HTMLElement) => boolean): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = (event.target as HTMLElement).closest<HTMLElement>('li[data-row]');
  const list = row?.parentElement;
  if (!row || !list || event.target !== row) return;
  const rows = [...list.querySelectorAll<HTMLElement>(':scope > li[data-row]')];
  const step = { ArrowUp: -1, ArrowDown: 1, Home: -rows.length, End: rows.length }[event.key];
  if (step !== undefined) {
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))]?.focus();
  } else if (act(event.key.toLowerCase(), row)) {
    event.preventDefault();
    event.stopPropagation();
  }
}
