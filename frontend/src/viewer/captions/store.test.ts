import { describe, expect, it, vi } from 'vitest';
import type { RawEntry } from '../../timeline-client/entries.ts';
import type { ViewerApp } from '../app.ts';
import type { CaptionView } from './book.ts';
import { CaptionStore } from './store.ts';

const AT = '2026-03-01T18:30:00.000Z';
const caption = (id: string): CaptionView => ({ caption_id: id, text: id, starts_at: AT, ends_at: '2026-03-01T18:30:04.000Z' });
const said = (seq: number, id: string): RawEntry => ({ seq, at: AT, kind: 'caption.shown', body: { ...caption(id), language: 'en' } });
const imported = (seq: number): RawEntry => ({ seq, at: AT, kind: 'captions.imported', body: { language: 'en' } });

/** A show with captions in English, which are read from `lists`, one after the other. */
function showWith(lists: CaptionView[][]) {
  const request = vi.fn(async () => lists.shift() ?? []);
  let listener = () => {};
  const app = {
    api: { request }, data: { slug: 'show' }, isRecorded: false, player: { pictureTimeMs: null, lookForTracks: vi.fn() },
    view: { captions: { languages: ['en'], entries: [] as RawEntry[] } },
    subscribe: (_topic: string, told: () => void) => (listener = told),
    tell: () => listener(),
  };
  const hear = (...entries: RawEntry[]) => {
    app.view.captions = { languages: ['en'], entries: [...app.view.captions.entries, ...entries] };
    listener();
  };
  return { app, store: new CaptionStore(app as unknown as ViewerApp), request, hear };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('captions of a language that a file replaces', () => {
  it('are read once more, and nothing of the old ones comes back', async () => {
    const { store, request, hear } = showWith([[caption('old')], [caption('new')]]);
    store.choose({ isOn: true });
    await settled();
    hear(said(1, 'live'));
    expect(store.book?.captions.map(({ id }) => id)).toEqual(['old', 'live']);
    hear(imported(2), said(0, 'of a range that was fetched late'));
    await settled();
    await settled();
    expect([request.mock.calls.length, store.book?.captions.map(({ id }) => id)]).toEqual([2, ['new']]);
  });
});

describe('captions of a language that begins in mid-show', () => {
  it('are offered at once, and looked for where the browser has tracks of its own', () => {
    const { app, store, hear } = showWith([]);
    hear(said(1, 'of English, which was there'));
    expect(app.player.lookForTracks).not.toHaveBeenCalled();
    app.view.captions = { ...app.view.captions, languages: ['en', 'de'] };
    app.tell();
    app.tell();
    expect([store.languages, app.player.lookForTracks.mock.calls.length]).toEqual([['en', 'de'], 1]);
  });
});

describe('captions of a replay', () => {
  it('are those of its list, without those that a trim cuts off', async () => {
    const { app, store, hear } = showWith([[caption('kept')]]);
    app.isRecorded = true;
    store.choose({ isOn: true });
    await settled();
    hear(said(1, 'cut-off'));
    expect(store.book?.captions.map(({ id }) => id)).toEqual(['kept']);
  });
});
