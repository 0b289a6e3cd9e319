/** The rundown's own logic: order, filter, selection. */
import { MAX_AT_ONCE, type RundownItem } from './model.ts';

/** `order` with `id` moved to position `to`, which is clamped to the list. */
export function moved(order: readonly string[], id: string, to: number): readonly string[] {
  const from = order.indexOf(id);
  if (from < 0) return order;
  const target = Math.max(0, Math.min(order.length - 1, to));
  if (target === from) return order;
  const rest = order.filter((one) => one !== id);
  return [...rest.slice(0, target), id, ...rest.slice(target)];
}

/** `id` moved to where `target` stands: what dropping one row on another means. */
export function movedOnto(order: readonly string[], id: string, target: string): readonly string[] {
  return moved(order, id, order.indexOf(target));
}

/** Does every word of the query begin a word of the name? Accents and case do not matter. */
export function matches(name: string, query: string): boolean {
  const words = plain(name).split(/[^\p{L}\p{N}]+/u);
  return plain(query)
    .split(/\s+/)
    .every((wanted) => words.some((word) => word.startsWith(wanted)));
}

function plain(words: string): string {
  return words.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}

export function filtered(items: readonly RundownItem[], query: string): readonly RundownItem[] {
  return query.trim() ? items.filter((item) => matches(item.name, query)) : items;
}

/** Selection with `id` put in or taken out. At most three products fit on the screen: a fourth is not taken. */
export function toggled(selection: readonly string[], id: string): readonly string[] {
  if (selection.includes(id)) return selection.filter((one) => one !== id);
  return selection.length < MAX_AT_ONCE ? [...selection, id] : selection;
}

/** `items` in `order`; what the order does not name keeps its place at the end. */
export function inOrder(items: readonly RundownItem[], order: readonly string[]): readonly RundownItem[] {
  const place = new Map(order.map((id, index) => [id, index]));
  return [...items].sort(
    (a, b) => (place.get(a.product_id) ?? order.length) - (place.get(b.product_id) ?? order.length),
  );
}
