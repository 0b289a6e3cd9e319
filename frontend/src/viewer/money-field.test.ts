import { describe, expect, it } from 'vitest';
import { amountOf } from './money-field.ts';

describe('an amount that somebody types', () => {
  it.each([
    ['12', 'EUR', 1200],
    ['12.5', 'EUR', 1250],
    ['12,50', 'EUR', 1250],
    ['€ 1.200,50', 'EUR', 120_050],
    ['1,200.50', 'EUR', 120_050],
    ['1.200', 'EUR', 120_000],
    ['2500', 'JPY', 2500],
    ['12.1234', 'EUR', null],
    ['', 'EUR', null],
    ['-', 'EUR', null],
    ['999999999999', 'EUR', null],
  ])('%s in %s is %s', (text, currency, amount) => {
    expect(amountOf(text, currency, 'de')).toBe(amount);
  });
});
