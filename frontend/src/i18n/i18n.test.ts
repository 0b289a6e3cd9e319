import { describe, expect, it } from 'vitest';
import german from './de.json' with { type: 'json' };
import english from './en.json' with { type: 'json' };
import { t, useLanguage } from './index.ts';

const placeholders = (entry: unknown) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

describe('the dictionaries', () => {
  it('have the same keys', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('have the same values to fill in', () => {
    for (const [key, entry] of Object.entries(english)) {
      expect([key, placeholders(german[key as keyof typeof german])]).toEqual([key, placeholders(entry)]);
    }
  });
});

describe('t', () => {
  it('picks the plural form and writes numbers the language’s way', async () => {
    await useLanguage('en');
    expect(t('cart.items', { count: 1 })).toBe('1 item');
    expect(t('viewers', { count: 1284 })).toBe('1,284 watching');
    await useLanguage('de');
    expect(t('viewers', { count: 1 })).toBe('1 sieht zu');
    expect(t('viewers', { count: 1284 })).toBe('1.284 sehen zu');
  });

  it('stays English where a language is missing', async () => {
    await useLanguage('ja');
    expect(t('cart')).toBe('Cart');
  });
});
