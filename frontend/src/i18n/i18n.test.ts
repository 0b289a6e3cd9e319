import { describe, expect, it } from 'vitest';
import german from './de.json' with { type: 'json' };
import english from './en.json' with { type: 'json' };
import englishCheckout from '../viewer/checkout-texts/en.json' with { type: 'json' };
import germanCheckout from '../viewer/checkout-texts/de.json' with { type: 'json' };
import englishCaptions from '../viewer/captions/texts/en.json' with { type: 'json' };
import germanCaptions from '../viewer/captions/texts/de.json' with { type: 'json' };
import { t, textsReady, translator, useLanguage } from './index.ts';

const placeholders = (entry: unknown) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

describe.each([
  { name: 'every page', ours: english, theirs: german },
  { name: 'the checkout', ours: englishCheckout, theirs: germanCheckout },
  { name: 'captions', ours: englishCaptions, theirs: germanCaptions },
])('the dictionaries of $name', ({ ours, theirs }: { ours: object; theirs: object }) => {
  it('have the same keys', () => {
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
  });

  it('have the same values to fill in', () => {
    const german = new Map(Object.entries(theirs));
    for (const [key, entry] of Object.entries(ours)) {
      expect([key, placeholders(german.get(key))]).toEqual([key, placeholders(entry)]);
    }
  });
});

describe('texts that come later', () => {
  it('are in the language that the page has taken before', async () => {
    await useLanguage('de');
    const say = translator<'greeting'>({ greeting: 'Hello' }, { de: () => Promise.resolve({ default: { greeting: 'Hallo' } }) });
    await textsReady();
    expect(say('greeting')).toBe('Hallo');
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
