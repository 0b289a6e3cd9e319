import { expect, it } from 'vitest';
import { bars, DRAWN, joined, sums } from './sales.ts';

const NOW = Date.parse('2026-05-01T18:30:20Z');

function row(minute: string, productId: string, units: number) {
  return { minute: `2026-05-01T18:${minute}:00.000Z`, product_id: productId, units, amount: units * 1000 };
}

it('draws the last hour up to now, minutes without a sale too', () => {
  const drawn = bars([row('30', 'balm', 2), row('30', 'soap', 1), row('28', 'balm', 1)], NOW, null);
  expect(drawn).toHaveLength(DRAWN);
  expect(drawn.slice(-3).map(({ units, amount }) => [units, amount])).toEqual([[1, 1000], [0, 0], [3, 3000]]);
});

it('draws one product alone', () => {
  expect(bars([row('30', 'balm', 2), row('30', 'soap', 1)], NOW, 'soap').at(-1)?.units).toBe(1);
});

it('replaces the minutes that may have changed and keeps those before', () => {
  const known = [row('28', 'balm', 1), row('29', 'balm', 1), row('30', 'balm', 1)];
  expect(joined(known, [row('29', 'balm', 4)], '2026-05-01T18:29:40Z')).toEqual([known[0], row('29', 'balm', 4)]);
  expect(joined(known, [], null)).toEqual([]);
});

it('adds up what is in carts, what is kept and who waits', () => {
  const product = { product_id: 'p', name: '', image_url: null, available: 1, units: 0, amount: 0 };
  expect(sums({ products: [{ ...product, carts: 2, held: 1, waiting: 0 }, { ...product, carts: 3, held: 0, waiting: 4 }] })).toEqual({ carts: 5, held: 1, waiting: 4 });
});
