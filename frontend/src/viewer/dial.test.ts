import { expect, it } from 'vitest';
import { keepDial, readDial } from './dial.ts';

function storeOf(kept: string | null) {
  return { getItem: () => kept };
}

it('stands where the market has set it until this device has a choice of its own', () => {
  expect(readDial(storeOf(null), 'full')).toBe('full');
  expect(readDial(storeOf('quiet'), 'full')).toBe('quiet');
  expect(readDial(null, undefined)).toBe('normal');
});

it('takes no level that it does not know', () => {
  expect(readDial(storeOf('loud'), 'deafening')).toBe('normal');
});

it('counts until the page is left where nothing may be kept', () => {
  const full = {
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  expect(() => {
    keepDial(full, 'quiet');
  }).not.toThrow();
});
