import { describe, expect, it } from 'vitest';
import { applyEntries } from './apply.ts';
import cases from './erased-names.json' with { type: 'json' };
import { withoutNames } from './messages.ts';
import { docFromSnapshot, viewAt } from './show-state.ts';
import { snapshotOf, told } from './testing.ts';

const ADA = { id: 'g:ada', name: 'Ada', role: 'guest' };
const BEN = { id: 'g:ben', name: 'Ben', role: 'guest' };
const named = [
  { id: ADA.id, name: 'Ada' },
  { id: BEN.id, name: 'Ben' },
];

describe('the erased data of a person', () => {
  // The server's tests go through the same cases.
  it.each(cases)('nothing is left of the name in “$text”', ({ text, names, left }) => {
    expect(withoutNames(text, names)).toBe(left);
  });

  it('nothing is left in what others say, pinned or quoted', () => {
    const entries = [
      told(1, 1, 'message.posted', { message_id: 'm1', author: ADA, text: 'hi' }),
      told(2, 2, 'message.posted', { message_id: 'm2', author: BEN, text: 'love @ADA, says @Ben', mentions: named }),
      told(3, 3, 'message.posted', { message_id: 'm3', author: BEN, text: 'me too', reply_to: { message_id: 'm2', name: 'Ben', text: 'love @ADA' } }),
      told(4, 4, 'comment.pinned', { message_id: 'm2', author: BEN, text: 'love @ADA, says @Ben', mentions: named }),
      told(5, 5, 'author.erased', { author: ADA.id, quoted: ['m2'] }),
    ];
    const doc = applyEntries(docFromSnapshot(snapshotOf()), { from: 1, to: 5, entries }, { viewerId: null, pictureMs: null });
    if (!doc) throw new Error('entries are missing');
    const { messages, pinned } = viewAt(doc, Number.POSITIVE_INFINITY);
    expect(messages.map(({ text, replyTo }) => [text, replyTo])).toEqual([
      ['love @…, says @Ben', null],
      ['me too', null],
    ]);
    expect(messages[0]?.mentions).toEqual([named[1]]);
    expect(pinned).toEqual({ messageId: 'm2', author: BEN, text: 'love @…, says @Ben', mentions: [named[1]] });
  });
});
