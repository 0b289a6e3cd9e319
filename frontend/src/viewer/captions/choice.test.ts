import { describe, expect, it } from 'vitest';
import { keepChoice, pickLanguage, readChoice } from './choice.ts';

describe('the choice of captions', () => {
  it('is what was kept, and off where nothing was', () => {
    const kept = new Map<string, string>();
    const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => void kept.set(key, text) };
    const first = readChoice(store);
    expect(first).toEqual({ isOn: false, language: '', size: 'middle', colours: 'light', place: 'bottom' });
    const choice = { ...first, isOn: true, language: 'de', size: 'huge', colours: 'yellow', place: 'top' } as const;
    keepChoice(store, choice);
    expect(readChoice(store)).toEqual(choice);
  });

  it.each(['{', 'null', '7', '{"size":"enormous","isOn":"yes","language":7}'])('has its first values for %s', (text) => {
    expect(readChoice({ getItem: () => text })).toEqual(readChoice(null));
  });

  it('holds where the browser keeps nothing', () => {
    const refuse = () => {
      throw new Error('refused');
    };
    expect(readChoice({ getItem: refuse })).toEqual(readChoice(null));
    expect(() => keepChoice({ setItem: refuse }, readChoice(null))).not.toThrow();
  });

  it('takes the chosen language, the page’s, or the first', () => {
    expect(pickLanguage(['de', 'en', 'pt-BR'], 'en', 'de')).toBe('en');
    expect(pickLanguage(['en', 'pt-BR'], 'fr', 'pt')).toBe('pt-BR');
    expect(pickLanguage(['en', 'fr'], '', 'de')).toBe('en');
    expect(pickLanguage([], 'en', 'en')).toBe(null);
  });
});
