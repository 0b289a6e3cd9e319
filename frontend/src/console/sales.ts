/** The sales of a show, by minute. Pure. */
import type { LiveSales, MinuteRow } from '../api/schema.ts';

export const MINUTE_MS = 60_000;
/** Minutes that the drawing shows. */
export const DRAWN = 60;

export interface Bar {
  readonly atMs: number;
  readonly units: number;
  readonly amount: number;
}

/** The minutes known so far with the new ones, which replace those from their first minute on. */
export function joined(known: readonly MinuteRow[], fresh: readonly MinuteRow[], since: string | null): readonly MinuteRow[] {
  if (since === null) return fresh;
  const fromMs = minuteOf(Date.parse(since));
  return [...known.filter(({ minute }) => Date.parse(minute) < fromMs), ...fresh];
}

/** The last minutes up to `nowMs`, those without a sale too; of one product, or of all. */
export function bars(minutes: readonly MinuteRow[], nowMs: number, productId: string | null): readonly Bar[] {
  const last = minuteOf(nowMs);
  const found = new Map<number, { units: number; amount: number }>();
  for (const row of minutes) {
    if (productId !== null && row.product_id !== productId) continue;
    const atMs = Date.parse(row.minute);
    const sum = found.get(atMs) ?? { units: 0, amount: 0 };
    found.set(atMs, { units: sum.units + row.units, amount: sum.amount + row.amount });
  }
  return Array.from({ length: DRAWN }, (_, index) => {
    const atMs = last - (DRAWN - 1 - index) * MINUTE_MS;
    return { atMs, ...(found.get(atMs) ?? { units: 0, amount: 0 }) };
  });
}

/** Units in carts and kept, and people who wait, of all products. */
export function sums({ products }: Pick<LiveSales, 'products'>): { readonly carts: number; readonly held: number; readonly waiting: number } {
  const sum = (of: 'carts' | 'held' | 'waiting') => products.reduce((total, one) => total + one[of], 0);
  return { carts: sum('carts'), held: sum('held'), waiting: sum('waiting') };
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
