import { describe, expect, it } from 'vitest';
import { CHARS_MAX, Cutter, type SpokenCaption } from './cutter.ts';

const texts = (found: readonly SpokenCaption[]) => found.map(({ cueId, text }) => [cueId, text]);

describe('the cutting of speech into captions', () => {
  it('says a short sentence when it is final', () => {
    const cutter = new Cutter('a');
    expect(cutter.hear(0, 'this one', false, 1000)).toEqual([]);
    expect(cutter.hear(0, 'This one is rouge.', true, 1900)).toEqual([{ cueId: 'a-0-0', text: 'This one is rouge.', startsAtMs: 1000 }]);
    expect(cutter.hear(1, 'And this', true, 3000)).toEqual([{ cueId: 'a-1-0', text: 'And this', startsAtMs: 3000 }]);
  });

  it('says the beginning of a long sentence after a moment, and keeps its end, which still changes', () => {
    const cutter = new Cutter('a');
    expect(cutter.hear(0, 'one two three four five', false, 0)).toEqual([]);
    expect(texts(cutter.hear(0, 'one two three four five', false, 1200))).toEqual([['a-0-0', 'one two three']]);
    const rest = cutter.hear(0, 'one two three four five six seven', true, 2000);
    expect(rest).toEqual([{ cueId: 'a-0-1', text: 'four five six seven', startsAtMs: 0 }]);
  });

  it('corrects what it has said by the final words', () => {
    const cutter = new Cutter('a');
    cutter.hear(0, 'won two three four five', false, 0);
    cutter.hear(0, 'won two three four five', false, 1500);
    expect(texts(cutter.hear(0, 'one two three four five', true, 2000))).toEqual([['a-0-0', 'one two three'], ['a-0-1', 'four five']]);
  });

  it('fills a caption and begins the next one', () => {
    const cutter = new Cutter('a');
    const found = cutter.hear(0, Array.from({ length: 40 }, () => 'seven77').join(' '), true, 0);
    expect(found.every(({ text }) => text.length <= CHARS_MAX)).toBe(true);
    expect(found.map(({ text }) => text.split(' ').length)).toEqual([10, 10, 10, 10]);
    expect(cutter.hear(1, 'x'.repeat(CHARS_MAX + 20), true, 0)).toHaveLength(1);
  });

  it('says nothing of silence, and survives a guess that shrinks', () => {
    const cutter = new Cutter('a');
    expect(cutter.hear(0, '  ', true, 0)).toEqual([]);
    cutter.hear(1, 'one two three four five six', false, 0);
    cutter.hear(1, 'one two three four five six', false, 1300);
    expect(texts(cutter.hear(1, 'One two.', true, 2000))).toEqual([['a-1-0', 'One two.']]);
  });
});
