import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import german from './de.json' with { type: 'json' };
import english from './en.json' with { type: 'json' };
import { HOLD_MS, Hold } from './hold.ts';
import { actionOf, keyHelp, type Press } from './keys.ts';
import type { RundownItem } from './model.ts';
import { filtered, inOrder, matches, moved, movedOnto, toggled } from './rundown.ts';
import { UNDO_MS, UndoList } from './undo.ts';

function item(product_id: string, name: string): RundownItem {
  return { product_id, name, image_url: null, price: 100, compare_at_price: null, lowest_price_30d: null, currency: 'EUR', available: 1 };
}

describe('the order of the rundown', () => {
  const order = ['a', 'b', 'c', 'd'];

  it('moves one product and keeps the others in place', () => {
    expect(moved(order, 'a', 2)).toEqual(['b', 'c', 'a', 'd']);
    expect(moved(order, 'd', 0)).toEqual(['d', 'a', 'b', 'c']);
  });

  it('stops at both ends, and returns the same list when nothing moves', () => {
    expect(moved(order, 'a', -1)).toBe(order);
    expect(moved(order, 'd', 9)).toBe(order);
    expect(moved(order, 'x', 1)).toBe(order);
  });

  it('drops one row where another stands', () => {
    expect(movedOnto(order, 'a', 'c')).toEqual(['b', 'c', 'a', 'd']);
    expect(movedOnto(order, 'd', 'b')).toEqual(['a', 'd', 'b', 'c']);
  });

  it('puts items into an order, unknown ones last', () => {
    const items = [item('a', 'A'), item('b', 'B'), item('c', 'C')];
    expect(inOrder(items, ['c', 'a']).map((one) => one.product_id)).toEqual(['c', 'a', 'b']);
  });
});

describe('the filter', () => {
  it('finds beginnings of words, without regard to case and accents', () => {
    expect(matches('Rosé Lip Colour', 'rose')).toBe(true);
    expect(matches('Rosé Lip Colour', 'COL lip')).toBe(true);
    expect(matches('Rosé Lip Colour', 'olour')).toBe(false);
    expect(matches('Dew Serum 30 ml', 'ser 30')).toBe(true);
  });

  it('shows every product for an empty query', () => {
    const items = [item('a', 'Mascara'), item('b', 'Balm')];
    expect(filtered(items, '  ')).toBe(items);
    expect(filtered(items, 'ba').map((one) => one.product_id)).toEqual(['b']);
  });
});

it('selects at most three products', () => {
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  expect(toggled(['a', 'b', 'c'], 'd')).toEqual(['a', 'b', 'c']);
});

describe('UndoList', () => {
  const nothing = (): Promise<void> => Promise.resolve();

  it('returns the youngest offer first, and each only once', () => {
    const list = new UndoList();
    const first = list.add(nothing, 0);
    const second = list.add(nothing, 10);
    expect(list.take(20)).toBe(second);
    expect(list.take(20, second)).toBeUndefined();
    expect(list.take(20)).toBe(first);
    expect(list.take(20)).toBeUndefined();
  });

  it('forgets offers that are too old', () => {
    const list = new UndoList();
    const offer = list.add(nothing, 0);
    expect(list.take(UNDO_MS, offer)).toBeUndefined();
  });
});

describe('Hold', () => {
  const seen: string[] = [];
  let hold: Hold;

  beforeEach(() => {
    vi.useFakeTimers();
    seen.length = 0;
    hold = new Hold({
      complete: () => seen.push('complete'),
      short: () => seen.push('short'),
      changed: (isDown) => seen.push(isDown ? 'down' : 'up'),
    });
  });
  afterEach(() => void vi.useRealTimers());

  it('acts when held long enough, and takes the click that follows for the same press', () => {
    hold.press();
    vi.advanceTimersByTime(HOLD_MS);
    hold.click();
    expect(seen).toEqual(['down', 'up', 'complete']);
  });

  it('asks in words after a short press', () => {
    hold.press();
    vi.advanceTimersByTime(HOLD_MS - 1);
    hold.click();
    vi.advanceTimersByTime(HOLD_MS);
    expect(seen).toEqual(['down', 'up', 'short']);
  });

  it('does nothing when the pointer slips off', () => {
    hold.press();
    hold.leave();
    vi.advanceTimersByTime(HOLD_MS);
    expect(seen).toEqual(['down', 'up']);
  });

  it('does not start anew with each repetition of a held key', () => {
    hold.press();
    vi.advanceTimersByTime(HOLD_MS - 100);
    hold.press();
    vi.advanceTimersByTime(100);
    hold.keyUp();
    expect(seen).toEqual(['down', 'up', 'complete']);
  });
});

describe('keys', () => {
  const press = (key: string, more: Partial<Press> = {}): Press => ({
    key,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    ...more,
  });

  it('knows the product of a number', () => {
    expect(actionOf(press('3'), false)).toEqual({ name: 'product', index: 2 });
    expect(actionOf(press('0'), false)).toBeNull();
  });

  it('keeps off while somebody types, and off the browser’s own keys', () => {
    expect(actionOf(press('h'), true)).toBeNull();
    expect(actionOf(press('?', { shiftKey: true }), true)).toBeNull();
    expect(actionOf(press('t', { ctrlKey: true }), false)).toBeNull();
    expect(actionOf(press('z', { metaKey: true }), false)).toEqual({ name: 'undo' });
    expect(actionOf(press('z', { metaKey: true }), true)).toBeNull();
  });

  it('starts and ends only with Shift', () => {
    expect(actionOf(press('S', { shiftKey: true }), false)).toEqual({ name: 'start' });
    expect(actionOf(press('E', { shiftKey: true }), false)).toEqual({ name: 'end' });
    expect(actionOf(press('e'), false)).toBeNull();
    expect(actionOf(press('s'), false)).toEqual({ name: 'sound' });
  });

  it('takes ? and / with or without Shift', () => {
    expect(actionOf(press('?', { shiftKey: true }), false)).toEqual({ name: 'help' });
    expect(actionOf(press('/', { shiftKey: true }), false)).toEqual({ name: 'filter' });
    expect(actionOf(press('/'), false)).toEqual({ name: 'filter' });
  });

  it('moves with Alt and an arrow', () => {
    expect(actionOf(press('ArrowUp', { altKey: true }), false)).toEqual({ name: 'moveUp' });
    expect(actionOf(press('ArrowUp'), false)).toBeNull();
    expect(actionOf(press('1', { altKey: true }), false)).toBeNull();
  });

  it('explains every key', () => {
    expect(keyHelp().map((group) => group.keys.length)).toEqual([8, 14, 6]);
  });
});

it('says everything in German, too, with the same values', () => {
  const values = (text: unknown): string[] => [...JSON.stringify(text).matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
  expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  for (const [key, text] of Object.entries(english)) {
    expect([key, values(german[key as keyof typeof german])]).toEqual([key, values(text)]);
  }
});
