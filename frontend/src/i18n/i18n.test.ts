import { describe, expect, it } from 'vitest';
import { t, textsReady, translator, useLanguage } from './index.ts';

const placeholders = (entry: unknown) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

const books = import.meta.glob<Record<string, unknown>>('../**/{en,de}.json', { import: 'default', eager: true });
const places = Object.keys(books).filter((place) => place.endsWith('/en.json')).map((place) => place.slice(0, -'en.json'.length));

describe.each(places)('the dictionaries in %s', (place) => {
  const ours = books[`${place}en.json`] ?? {};
  const theirs = books[`${place}de.json`] ?? {};

  it('have the same keys', () => {
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
  });

  it('have the same values to fill in', () => {
    for (const [key, entry] of Object.entries(ours)) expect([key, placeholders(theirs[key])]).toEqual([key, placeholders(entry)]);
  });
});

describe('texts that come later', () => {
  it('are in the language that the page has taken before', async () => {
    await useLanguage('de');
    const say = translator<'greeting'>({ greeting: 'Hello' }, { de: () => Promise.resolve({ default: { greeting: 'Hallo' } }) });
    await textsReady();
    expect(say('greeting')).toBe('Hallo');
  });

  it('are waited for after others could not be fetched', async () => {
    await useLanguage('de');
    translator<'lost'>({ lost: 'Lost' }, { de: () => Promise.reject(new Error('offline')) });
    const later = new Promise<{ default: { greeting: string } }>((resolve) => setTimeout(() => resolve({ default: { greeting: 'Hallo' } })));
    const say = translator<'greeting'>({ greeting: 'Hello' }, { de: () => later });
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
