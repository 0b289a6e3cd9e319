import { expect, it } from 'vitest';
import { draftOf, stepOf } from './deal-form.ts';

it('a price is typed in the smallest amount of its currency and sent in minor units', () => {
  expect(['EUR', 'JPY', 'KWD'].map(stepOf)).toEqual(['0.01', '1', '0.001']);
  const data = new FormData();
  data.set('price', '1200');
  expect(['EUR', 'JPY'].map((currency) => draftOf(data, currency).amount)).toEqual([120_000, 1200]);
});
