import { describe, expect, it } from 'vitest';
import { FIRST_SETTINGS, keepSettings, readSettings } from './settings.ts';

describe('the settings of a teleprompter', () => {
  it('are kept on the device', () => {
    const kept = new Map<string, string>();
    const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => void kept.set(key, text) };
    expect(readSettings(store)).toEqual(FIRST_SETTINGS);
    const chosen = { speed: 1.4, size: 3.25, isMirrored: true };
    keepSettings(store, chosen);
    expect(readSettings(store)).toEqual(chosen);
  });

  it.each(['{', '7', '{"speed":9,"size":"3","isMirrored":1}', '{"speed":-1,"size":0.5}'])('that are none of ours do not count: %s', (text) => {
    expect(readSettings({ getItem: () => text })).toEqual(FIRST_SETTINGS);
  });

  it('count without a store, too', () => {
    const refuse = () => {
      throw new Error('no store here');
    };
    expect(readSettings({ getItem: refuse })).toEqual(FIRST_SETTINGS);
    expect(readSettings(null)).toEqual(FIRST_SETTINGS);
    expect(() => keepSettings({ setItem: refuse }, FIRST_SETTINGS)).not.toThrow();
  });
});
