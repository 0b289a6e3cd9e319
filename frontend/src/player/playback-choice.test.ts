import { describe, expect, it } from 'vitest';
import { keepPlayback, readPlayback, savingCap } from './playback-choice.ts';

class Store {
  text: string | null = null;
  getItem(): string | null {
    return this.text;
  }
  setItem(_key: string, text: string): void {
    this.text = text;
  }
}

describe('what a device keeps of sound and data', () => {
  it('is what was chosen, and first what the browser asks for', () => {
    const store = new Store();
    expect(readPlayback(store, false)).toEqual({ isSoundOnly: false, isSaving: false });
    expect(readPlayback(store, true)).toEqual({ isSoundOnly: false, isSaving: true });
    keepPlayback(store, { isSoundOnly: true, isSaving: false });
    expect(readPlayback(store, true)).toEqual({ isSoundOnly: true, isSaving: false });
    store.text = '{"isSoundOnly":"yes"}';
    expect(readPlayback(store, true)).toEqual({ isSoundOnly: false, isSaving: true });
    store.text = '{';
    expect(readPlayback(null, false)).toEqual(readPlayback(store, false));
  });
});

describe('the largest rung of a saving viewer', () => {
  it.each([
    [[360, 480, 720], 1],
    [[0, 240, 360, 1080], 2],
    [[720, 1080], 0],
    [[0], -1],
    [[], -1],
  ])('of %j is the one at %i', (heights, index) => {
    expect(savingCap(heights)).toBe(index);
  });
});
