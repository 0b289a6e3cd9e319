import { describe, expect, it } from 'vitest';
import { CaptionBook, type CaptionView } from './book.ts';

const START = Date.parse('2026-03-01T18:30:00.000Z');
const iso = (s: number) => new Date(START + s * 1000).toISOString();
const view = (id: string, fromS: number, toS: number, text = id): CaptionView => ({ caption_id: id, text, starts_at: iso(fromS), ends_at: iso(toS) });
const said = (seq: number, id: string, fromS: number, toS: number, language = 'en') => ({
  seq,
  at: iso(toS),
  kind: 'caption.shown',
  body: { ...view(id, fromS, toS), language },
});
const changed = (seq: number, id: string, text: string | null) => ({ seq, at: iso(0), kind: 'caption.changed', body: { caption_id: id, text } });
const at = (book: CaptionBook, s: number) => book.at(START + s * 1000)?.text ?? null;

describe('a list of captions', () => {
  it('shows each one from its first picture to its last', () => {
    const book = new CaptionBook('en', [view('a', 1, 3), view('b', 3, 4), view('c', 6, 9)]);
    expect([0.9, 1, 2.9, 3, 4, 5.9, 6, 9].map((s) => at(book, s))).toEqual([null, 'a', 'a', 'b', null, null, 'c', null]);
  });

  it('shows the one that began last where two overlap', () => {
    const book = new CaptionBook('en', [view('long', 0, 10), view('short', 4, 5)]);
    expect([3, 4, 5].map((s) => at(book, s))).toEqual(['long', 'short', 'long']);
  });

  it('is searched by words, without accents and capitals, and never ahead of the picture', () => {
    const book = new CaptionBook('en', [view('1', 0, 1, 'Die CRÈME\nfür jeden Tag'), view('2', 5, 6, 'noch eine Creme')]);
    const found = (words: string, untilS: number) => book.find(words, START + untilS * 1000).map(({ id }) => id);
    expect([found('creme', 10), found('tag Crème', 10), found('creme', 4), found('', 4), found('seife', 10)]).toEqual([['1', '2'], ['1'], ['1'], ['1'], []]);
  });
});

describe('captions that are said live', () => {
  it('stand at their pictures for a viewer who has yet to see them', () => {
    const book = new CaptionBook('en', []);
    book.apply([said(1, 'a', 2, 4)], START);
    expect([1, 2, 3.9, 4].map((s) => at(book, s))).toEqual([null, 'a', 'a', null]);
  });

  it('are shown as they come, one after another, to a viewer who is past them', () => {
    const book = new CaptionBook('en', []);
    book.apply([said(1, 'a', 2, 4), said(2, 'b', 4, 5)], START + 6_000);
    expect([5, 6, 7.9, 8, 8.9, 9].map((s) => at(book, s))).toEqual([null, 'a', 'a', 'b', 'b', null]);
  });

  it('keep their place for a viewer who is far past them', () => {
    const book = new CaptionBook('en', []);
    book.apply([said(1, 'a', 2, 4)], START + 60_000);
    expect([at(book, 3), at(book, 60)]).toEqual(['a', null]);
  });

  it('are taken once, and only in the language of the book', () => {
    const book = new CaptionBook('en', [view('a', 2, 4)]);
    const entries = [said(1, 'a', 2, 4), said(2, 'b', 2, 4, 'de')];
    book.apply(entries, START);
    book.apply([...entries, said(3, 'c', 8, 9)], START);
    expect(book.captions.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('are corrected and taken away while they are shown', () => {
    const book = new CaptionBook('en', [view('a', 2, 4, 'fife'), view('b', 5, 6)]);
    book.apply([changed(1, 'a', 'five'), changed(2, 'b', null), changed(3, 'unknown', null)], START);
    expect([at(book, 3), at(book, 5)]).toEqual(['five', null]);
  });

  it('leave out what was taken away before it was read', () => {
    const book = new CaptionBook('en', []);
    book.apply([{ seq: 1, at: iso(0), kind: 'caption.shown', body: { caption_id: 'a' } }], START);
    expect(book.captions).toEqual([]);
  });

  it('tell that a file gave this language others', () => {
    const replaced = (seq: number, language: string) => ({ seq, at: iso(0), kind: 'captions.imported', body: { language } });
    const book = new CaptionBook('en', []);
    book.apply([replaced(1, 'de')], START);
    expect(book.isOutdated).toBe(false);
    book.apply([replaced(1, 'de'), replaced(2, 'en')], START);
    expect(book.isOutdated).toBe(true);
  });
});
