/** Lists that are walked with the arrows: one row is in the tab order, letters act on the row that has the focus. */

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
