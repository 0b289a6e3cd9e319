import { describe, expect, it } from 'vitest';
import { BACKSTAGE, backstageFrom } from './backstage-state.ts';
import { Follower } from './follower.ts';
import { FakeWorld, at, settle } from './testing.ts';

const added = (seq: number, item_id: string, more: object = {}) => ({
  seq,
  at: at(seq),
  kind: 'review.added',
  body: {
    item_id,
    of: 'message',
    target_id: `m-${item_id}`,
    author: { id: 'g:a', name: 'Ada', role: 'guest' },
    text: 'words',
    reason: 'word',
    detail: '',
    reports: 0,
    ...more,
  },
});
const told = (seq: number, kind: string, body: object) => ({ seq, at: at(seq), kind, body });

describe('a show’s backstage', () => {
  it('is followed by the same code as the show, from its own position', async () => {
    const world = new FakeWorld();
    const backstage = new Follower(backstageFrom({ seq: 0, epoch: '' }), BACKSTAGE, {
      url: '/timeline/evening/backstage',
      base: 'https://shop.example/console/shows/evening',
      token: () => Promise.resolve('staff-token'),
      tokenLeftMs: () => null,
      environment: world,
    });
    backstage.start();
    await settle();
    world.socket.onopen?.();
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'staff-token', after: 0, epoch: '' });
    world.socket.deliver({ type: 'welcome', seq: 2, epoch: 'b1', now: at(0) });
    world.socket.deliver({ type: 'entries', from: 1, to: 2, entries: [added(1, 'r1'), added(2, 'r2')] });
    expect(backstage.seq).toBe(2);
    backstage.stop();
  });

  it('holds waiting items, the people who have them open, the log, and hidden tallies', () => {
    const entries = [
      added(1, 'r1'),
      added(2, 'r2'),
      told(3, 'review.taken', { item_id: 'r1', by: 'Mod' }),
      told(4, 'review.decided', { item_id: 'r2', state: 'declined', by: 'Mod' }),
      added(5, 'r1', { reports: 2 }),
      told(6, 'audit.logged', { audit_id: 'a1', action: 'decline', actor: 'Mod', target_name: 'Ada', reason: '', can_undo: true }),
      told(7, 'tally.hidden', { poll_id: 'p1', votes: [2, 1], voters: 3 }),
      told(8, 'something.newer', {}),
      { ...added(9, 'gone'), body: { item_id: 'gone', of: 'message', target_id: 'm', reason: 'word', detail: '', reports: 0 } },
    ];
    const doc = BACKSTAGE.apply(backstageFrom({ seq: 0, epoch: 'b1' }), { from: 1, to: 9, entries })!;
    expect([...doc.review.values()].map(({ id, takenBy, reports }) => ({ id, takenBy, reports }))).toEqual([{ id: 'r1', takenBy: 'Mod', reports: 2 }]);
    expect(doc.audit.map((one) => one.audit_id)).toEqual(['a1']);
    expect(doc.tallies.get('p1')).toEqual({ votes: [2, 1], voters: 3 });
    expect(BACKSTAGE.apply(doc, { from: 11, to: 11, entries: [] })).toBeNull();
    expect(BACKSTAGE.apply(doc, { from: 3, to: 4, entries: [] })).toBe(doc);
  });
});
