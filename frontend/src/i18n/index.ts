/**
 * `t('cart.items', { count: 3 })`: texts by key, plural forms by `Intl.PluralRules`.
 * English is always there; another language is loaded once, before the first element is drawn.
 */
import english from './en.json' with { type: 'json' };

type Entry = string | Partial<Record<Intl.LDMLPluralRule, string>>;
type Dictionary = Record<string, Entry>;
type Loaders = Record<string, () => Promise<{ default: Dictionary }>>;
export type TextKey = keyof typeof english;
export type TextValues = Record<string, string | number>;

let language = 'en';
let plurals = new Intl.PluralRules('en');
let numbers = new Intl.NumberFormat('en');
const books: { load: (base: string) => Promise<boolean> }[] = [];
/** The base of the page's language, once it is taken; and the books that came after that and are on their way. */
let taken: string | null = null;
let loading: Promise<unknown> = Promise.resolve();

export function currentLanguage(): string {
  return language;
}

/** Take the page's language. A language that we do not have leaves English texts, with its own numbers and dates. */
export async function useLanguage(wanted: string): Promise<void> {
  const base = wanted.toLowerCase().split('-')[0] ?? 'en';
  taken = base;
  const found = await Promise.all(books.map((book) => book.load(base)));
  // The visitor's own variety of the page's language writes dates and prices: en-GB on an English page.
  const spoken = typeof navigator === 'undefined' ? [] : navigator.languages;
  language = spoken.find((own) => own.toLowerCase().split('-')[0] === base) ?? (wanted || 'en');
  plurals = new Intl.PluralRules(found.includes(true) ? language : 'en');
  numbers = new Intl.NumberFormat(language);
}

/** Code that is fetched later waits for its own texts here, before it defines an element. */
export async function textsReady(): Promise<void> {
  await loading;
}

/** The `t` of one dictionary. A page with texts that no other page needs keeps them beside its code. */
export function translator<Key extends string>(
  fallback: Record<Key, Entry>,
  loaders: Loaders,
): (key: Key, values?: TextValues) => string {
  let dictionary: Partial<Dictionary> = fallback;
  const book = {
    load: async (base: string) => {
      const loaded = await loaders[base]?.().catch(() => null); // a line that is lost leaves English texts, and not no page
      dictionary = loaded?.default ?? fallback;
      return dictionary !== fallback;
    },
  };
  books.push(book);
  if (taken !== null) loading = Promise.all([loading, book.load(taken)]);
  return (key, values = {}) => {
    const entry = dictionary[key] ?? fallback[key];
    const text = typeof entry === 'string' ? entry : pickForm(entry, values['count']);
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
  };
}

export const t = translator<TextKey>(english, { de: () => import('./de.json') });

function pickForm(entry: Exclude<Entry, string>, count: string | number | undefined): string {
  return entry[plurals.select(Number(count ?? 0))] ?? entry.other ?? '';
}
