import { describe, expect, it } from 'vitest';
import { absorbHistory, applyEntries } from './apply.ts';
import { docFromSnapshot, nextChange, viewAt, type ShowDoc } from './show-state.ts';
import type { RawEntry } from './entries.ts';
import { at, deleted, highlighted, pictureAt, posted, snapshotOf, takenDown, told } from './testing.ts';

const nobody = { viewerId: null, pictureMs: null };

function after(entries: RawEntry[], reader: { viewerId: string | null; pictureMs: number | null } = nobody): ShowDoc {
  const doc = applyEntries(docFromSnapshot(snapshotOf()), { from: 1, to: entries.length, entries }, reader);
  if (!doc) throw new Error('entries are missing');
  return doc;
}

const texts = (doc: ShowDoc, showTimeS: number) => viewAt(doc, pictureAt(showTimeS)).messages.map((m) => m.text);
const pinned = (doc: ShowDoc, showTimeS: number) => viewAt(doc, pictureAt(showTimeS)).pinned?.messageId ?? null;
const ADA = { id: 'g:ada', name: 'Ada', role: 'guest' };
const onScreen = (doc: ShowDoc, showTimeS: number) => viewAt(doc, pictureAt(showTimeS)).highlights.map((h) => h.id);

describe('the view at a picture', () => {
  const doc = after([
    posted(1, 10, 'good evening'),
    highlighted(2, 32, 'lipstick', 30),
    posted(3, 33, 'what a colour'),
    takenDown(4, 60, 'lipstick', 58),
    highlighted(5, 70, 'balm'),
  ]);

  it('shows a highlight from the picture that its producer saw, to the picture at which it was taken down', () => {
    expect(onScreen(doc, 29.999)).toEqual([]);
    expect(onScreen(doc, 30)).toEqual(['lipstick']);
    expect(onScreen(doc, 57.999)).toEqual(['lipstick']);
    expect(onScreen(doc, 58)).toEqual([]);
  });

  it('uses the entry’s own time where no picture is given', () => {
    expect(onScreen(doc, 69.999)).toEqual([]);
    expect(onScreen(doc, 70)).toEqual(['balm']);
  });

  it('gives the same view when the viewer seeks back as when the picture came by', () => {
    expect(texts(doc, 32.999)).toEqual(['good evening']);
    expect(texts(doc, 33)).toEqual(['good evening', 'what a colour']);
    expect(texts(doc, 9)).toEqual([]);
    expect(viewAt(doc, pictureAt(40)).chapters.map((h) => h.id)).toEqual(['lipstick']);
  });

  it('shows nothing of a picture that is not known yet, and everything where there is no picture to wait for', () => {
    expect(viewAt(doc, null).messages).toEqual([]);
    expect(viewAt(doc, null).highlights).toEqual([]);
    expect(viewAt(doc, Number.POSITIVE_INFINITY).messages.length).toBe(2);
    expect(viewAt(doc, Number.POSITIVE_INFINITY).highlights.map((h) => h.id)).toEqual(['balm']);
  });

  it('names the next picture at which something changes', () => {
    expect(nextChange(doc, pictureAt(11))).toBe(pictureAt(30));
    expect(nextChange(doc, pictureAt(30))).toBe(pictureAt(33));
    expect(nextChange(doc, pictureAt(58))).toBe(pictureAt(70));
    expect(nextChange(doc, pictureAt(70))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('facts of now', () => {
  it('the clip behind the curtain comes, goes, and is over with the show', () => {
    const trailer = { playlist: '/hls/spring/cut/1-2/index.m3u8', length_s: 1 };
    const chosen = { seq: 1, at: at(50), kind: 'trailer.changed', body: { trailer } } as const;
    expect(viewAt(after([chosen]), null).trailer).toEqual(trailer);
    expect(viewAt(after([chosen, { ...chosen, seq: 2, body: { trailer: null } }]), null).trailer).toBeNull();
    expect(viewAt(after([chosen, { seq: 2, at: at(60), kind: 'show.ended', body: { ended_at: at(60) } }]), null).trailer).toBeNull();
  });

  it('do not wait for the picture: stock, loss, return and end', () => {
    const doc = after([
      { seq: 1, at: at(50), kind: 'stock.level', body: { variant_id: 'v1', sku: 'LIP-1', available: 3 } },
      { seq: 2, at: at(51), kind: 'stock.level', body: { variant_id: 'v1', sku: 'LIP-1', available: 0 } },
      { seq: 3, at: at(52), kind: 'broadcast.lost', body: {} },
    ]);
    const early = viewAt(doc, pictureAt(1));
    expect(early.stock.get('v1')).toBe(0);
    expect(early.curtain).toBe('paused');

    const ended = applyEntries(
      doc,
      {
        from: 4,
        to: 5,
        entries: [
          { seq: 4, at: at(53), kind: 'broadcast.back', body: {} },
          { seq: 5, at: at(54), kind: 'show.ended', body: { ended_at: at(54) } },
        ],
      },
      nobody,
    );
    expect(viewAt(ended!, pictureAt(1))).toMatchObject({ state: 'ended', endedAt: at(54), curtain: 'ended', broadcastLost: false });
  });

  it('start a show that was waiting', () => {
    const waiting = docFromSnapshot(snapshotOf({ state: 'scheduled', started_at: null, curtain: 'pending' }));
    expect(viewAt(waiting, null).curtain).toBe('pending');
    const entry = { seq: 1, at: at(0), kind: 'show.started', body: { started_at: at(0) } };
    const live = applyEntries(waiting, { from: 1, to: 1, entries: [entry] }, nobody);
    expect(viewAt(live!, null)).toMatchObject({ state: 'live', startedAt: at(0), curtain: null });
  });

  it('take a deleted message away at once, from every picture, whatever arrives later', () => {
    const doc = after([posted(1, 10, 'buy my coins'), posted(2, 11, 'hello'), deleted(3, 40, 1)]);
    expect(texts(doc, 20)).toEqual(['hello']);
    const again = absorbHistory(doc, [posted(1, 10, 'buy my coins')]);
    expect(texts(again, 20)).toEqual(['hello']);
  });

  it('take a deleted message down from where it is pinned, from every picture, whatever arrives later', () => {
    const [rude, kind] = [{ message_id: 'm1', author: ADA, text: 'buy my coins' }, { message_id: 'm2', author: ADA, text: 'hello' }];
    const said = [posted(1, 10, 'buy my coins'), posted(2, 11, 'hello')];
    const doc = after([...said, told(3, 20, 'comment.pinned', rude), told(4, 30, 'comment.pinned', kind), told(5, 40, 'comment.pinned', rude)]);
    expect([25, 35, 45].map((showTimeS) => pinned(doc, showTimeS))).toEqual(['m1', 'm2', 'm1']);
    const less = applyEntries(doc, { from: 6, to: 6, entries: [deleted(6, 50, 1)] }, nobody);
    expect([25, 35, 45, 55].map((showTimeS) => pinned(less!, showTimeS))).toEqual([null, 'm2', null, null]);
    const again = applyEntries(less!, { from: 7, to: 7, entries: [told(7, 60, 'comment.pinned', rude)] }, nobody);
    expect(pinned(again!, 65)).toBeNull();
    expect(pinned(absorbHistory(again!, [told(3, 20, 'comment.pinned', rude)]), 25)).toBeNull();
  });

  it('step over a message that was redacted before it came', () => {
    const redacted = { seq: 1, at: at(10), kind: 'message.posted', body: { message_id: 'm1' } };
    expect(texts(after([redacted, posted(2, 11, 'hello')]), 20)).toEqual(['hello']);
  });
});

describe('the viewer’s own message', () => {
  it('is there at once for a viewer who is 20 s behind, and only for this viewer', () => {
    const entries = [posted(1, 100, 'mine', 'g:me'), posted(2, 100, 'theirs', 'g:you')];
    const doc = after(entries, { viewerId: 'g:me', pictureMs: pictureAt(80) });
    expect(texts(doc, 80)).toEqual(['mine']);
    expect(texts(doc, 79)).toEqual([]);
    expect(texts(doc, 100)).toEqual(['mine', 'theirs']);
  });
});

describe('the order of entries', () => {
  const base = after([posted(1, 1, 'one'), posted(2, 2, 'two')]);

  it('never applies an entry twice', () => {
    const overlap = { from: 2, to: 3, entries: [posted(2, 2, 'two'), posted(3, 3, 'three')] };
    const doc = applyEntries(base, overlap, nobody);
    expect(texts(doc!, 10)).toEqual(['one', 'two', 'three']);
    expect(doc!.seq).toBe(3);
    expect(applyEntries(doc!, overlap, nobody)).toBe(doc);
  });

  it('tells that entries are missing', () => {
    expect(applyEntries(base, { from: 4, to: 4, entries: [posted(4, 4, 'four')] }, nobody)).toBeNull();
  });

  it('goes on over a frame that was thinned and over kinds of a newer server', () => {
    const doc = applyEntries(base, { from: 3, to: 9, entries: [{ seq: 5, at: at(5), kind: 'wheel.spun', body: {} }] }, nobody);
    expect(doc!.seq).toBe(9);
  });

  it('adds older pages without moving the position', () => {
    const late = docFromSnapshot(snapshotOf({ timeline: { url: '/t', seq: 40, epoch: 'e1' } }));
    const doc = absorbHistory(late, [posted(1, 1, 'one'), highlighted(2, 2, 'balm'), takenDown(3, 9, 'balm')]);
    expect(doc.seq).toBe(40);
    expect(texts(doc, 1)).toEqual(['one']);
    expect(onScreen(doc, 5)).toEqual(['balm']);
    expect(onScreen(doc, 9)).toEqual([]);
  });
});

describe('captions', () => {
  it('are kept as they came, with the languages that they speak', () => {
    const said = (seq: number, language: string) => ({ seq, at: at(seq), kind: 'caption.shown', body: { caption_id: `c${seq}`, language } });
    const gone = { seq: 3, at: at(3), kind: 'caption.shown', body: { caption_id: 'c3' } };
    const changed = { seq: 4, at: at(4), kind: 'caption.changed', body: { caption_id: 'c1', text: 'Hi' } };
    const entries = [said(1, 'en'), said(2, 'en'), gone, changed, said(5, 'de')];
    const doc = after(entries);
    expect(viewAt(doc, null).captions).toEqual({ languages: ['en', 'de'], entries });
    const next = applyEntries(doc, { from: 6, to: 6, entries: [said(6, 'fr')] }, nobody);
    expect(next?.captions.languages).toEqual(['en', 'de', 'fr']);
    expect(doc.captions.entries).toHaveLength(5); // the document of before is what it was
    const evening = after(Array.from({ length: 900 }, (_none, index) => said(index + 1, 'en')));
    const later = applyEntries(evening, { from: 901, to: 901, entries: [said(901, 'en')] }, nobody);
    expect(later?.captions.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 201 }, (_none, index) => index + 701));
  });
});
