import { describe, expect, it } from 'vitest';
import type { TimelineClient } from './client.ts';
import {
  STARTED_MS,
  at,
  deleted,
  follow,
  highlighted,
  json,
  pictureAt,
  posted,
  snapshotOf,
  takenDown,
  told,
  type FakeWorld,
} from './testing.ts';

describe('release at the picture', () => {
  // The same show, watched 2 s and 20 s behind. What counts is the picture at which something is on screen: it must
  // be the same for both. A timer or a fixed delay could be right for one of them at most.
  async function watch(behindMs: number): Promise<Record<string, number>> {
    const { world, client, welcome } = await follow();
    await welcome();
    const script = [
      { sendAtS: 5, entry: posted(1, 5, 'hello') },
      { sendAtS: 12, entry: highlighted(2, 12, 'lipstick', 10) },
      { sendAtS: 30, entry: takenDown(3, 30, 'lipstick', 28) },
      { sendAtS: 35, entry: deleted(4, 35, 1) },
    ];
    const seen: Record<string, number> = {};
    const note = (what: string, holds: boolean, value: number) => {
      if (holds && !(what in seen)) seen[what] = value;
    };
    for (let showTimeMs = 0; showTimeMs <= 60_000; showTimeMs += 40) {
      world.nowMs = STARTED_MS + showTimeMs;
      for (const { sendAtS, entry } of script) {
        if (sendAtS * 1000 === showTimeMs) world.socket.deliver({ type: 'entries', from: entry.seq, to: entry.seq, entries: [entry] });
      }
      const picture = world.nowMs - behindMs;
      client.setPicture(picture);
      const { messages, highlights } = client.view;
      const pictureS = (picture - STARTED_MS) / 1000;
      note('card on', highlights.length === 1, pictureS);
      note('card off', 'card on' in seen && highlights.length === 0, pictureS);
      note('message on', messages.length === 1, pictureS);
      note('message off, by the clock', 'message on' in seen && messages.length === 0, showTimeMs / 1000);
    }
    client.stop();
    return seen;
  }

  it('is the same picture 2 s and 20 s behind', async () => {
    const near = await watch(2_000);
    const far = await watch(20_000);
    // 2 s behind, the news comes when the picture is exactly there; 20 s behind, 18 s before it.
    expect(near).toEqual({ 'card on': 10, 'card off': 28, 'message on': 5, 'message off, by the clock': 35 });
    expect(far).toEqual({ 'card on': 10, 'card off': 28, 'message on': 5, 'message off, by the clock': 35 });
  });

  it('puts the state of the earlier picture back when the viewer seeks', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const entries = [posted(1, 5, 'hello'), highlighted(2, 10, 'lipstick'), takenDown(3, 20, 'lipstick'), posted(4, 25, 'bye')];
    world.socket.deliver({ type: 'entries', from: 1, to: 4, entries });
    const seen = [30, 15, 3, 22].map((showTimeS) => {
      client.setPicture(pictureAt(showTimeS));
      return [client.view.messages.map((m) => m.text), client.view.highlights.map((h) => h.id)];
    });
    expect(seen).toEqual([
      [['hello', 'bye'], []],
      [['hello'], ['lipstick']],
      [[], []],
      [['hello'], []],
    ]);
  });

  it('tells listeners only when the view changes, not with every frame', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    world.socket.deliver({ type: 'entries', from: 1, to: 1, entries: [highlighted(1, 10, 'lipstick')] });
    client.setPicture(pictureAt(0));
    let told = 0;
    client.subscribe(() => (told += 1));
    for (let ms = 0; ms <= 12_000; ms += 20) client.setPicture(pictureAt(0) + ms);
    expect(told).toBe(1);
  });
});

describe('a deal for somebody who sees no picture', () => {
  it('is announced, opens, ends and goes by the clock of the server', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    client.setPicture(Number.POSITIVE_INFINITY);
    const card = {
      deal_id: 'd', title: 'Now', goods: [], currency: 'EUR', units_max: 3, per_person: 1, left: 3, opens_at: at(10), ends_at: at(40), window_ms: 12_000,
    };
    world.socket.deliver({ type: 'entries', from: 1, to: 1, entries: [told(1, 0, 'deal.announced', card, 0)] });
    const phases: unknown[] = [client.view.deals[0]?.phase];
    client.subscribe(() => {
      const phase = client.view.deals[0]?.phase;
      if (phase !== phases.at(-1)) phases.push(phase);
    });
    await world.advance(61_000);
    expect(phases).toEqual(['soon', 'open', 'over', undefined]);
    client.stop();
  });
});

describe('a new snapshot', () => {
  const later = snapshotOf({
    timeline: { url: '/timeline/evening', seq: 7, epoch: 'e2' },
    messages: [{ message_id: 'm7', seq: 7, at: at(7), author: { id: 'g:a', name: 'Ada', role: 'guest' }, text: 'seven' }],
  });

  it('takes the snapshot that the server sends, and goes on from there', async () => {
    let begun = 0;
    const { world, client, welcome } = await follow({ onBegin: () => (begun += 1) });
    await welcome();
    client.setPicture(Number.POSITIVE_INFINITY);
    world.socket.deliver({ type: 'entries', from: 1, to: 1, entries: [posted(1, 1, 'one')] });
    world.socket.deliver({ type: 'count', count: 12, exact: true });
    world.socket.deliver({ type: 'snapshot', snapshot: later });
    world.socket.deliver({ type: 'entries', from: 8, to: 8, entries: [posted(8, 8, 'eight')] });
    expect(client.view.messages.map((m) => m.text)).toEqual(['seven', 'eight']);
    expect(client.view.count).toBe(12);
    expect(begun).toBe(1);
    world.socket.fail();
    await world.advance(20_000);
    await welcome(8, 'e2');
    expect(world.socket.sent[0]).toMatchObject({ after: 8, epoch: 'e2' });
  });

  it('steps over entries between a skip and its snapshot', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    client.setPicture(Number.POSITIVE_INFINITY);
    world.socket.deliver({ type: 'skip', from: 1, to: 6 });
    world.socket.deliver({ type: 'entries', from: 7, to: 7, entries: [posted(7, 7, 'seven')] });
    expect(client.status).toBe('open');
    expect(client.seq).toBe(0);
    world.socket.deliver({ type: 'snapshot', snapshot: later });
    expect(client.seq).toBe(7);
  });

  it('leaves when entries are missing, and asks for them', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    world.socket.deliver({ type: 'entries', from: 3, to: 3, entries: [posted(3, 3, 'three')] });
    expect(world.sockets[0]!.isClosed).toBe(true);
    await world.advance(500);
    await welcome(3);
    expect(world.socket.sent[0]).toMatchObject({ after: 0 });
    expect(client.seq).toBe(0);
  });
});

describe('the number of viewers', () => {
  it('is exact or rounded, and says which', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    world.socket.deliver({ type: 'count', count: 1300, exact: false });
    expect(client.view).toMatchObject({ count: 1300, isCountExact: false });
    world.socket.deliver({ type: 'count', count: 40, exact: true });
    expect(client.view).toMatchObject({ count: 40, isCountExact: true });
  });
});

describe('the personal stream', () => {
  const note = (seq: number, kind: string, body: object) => ({ seq, at: at(seq), kind, body });

  it('is followed from its own position, beside the show', async () => {
    const { world, client, welcome } = await follow({ followsOwn: true });
    await welcome();
    expect(world.socket.sent[0]).toMatchObject({ private: { after: 0 } });
    world.socket.deliver({
      type: 'private',
      from: 1,
      to: 3,
      entries: [
        note(1, 'message.held', { client_id: 'c1', message_id: 'm1' }),
        note(2, 'warning', { warning_id: 'w1', reason: 'Be kind' }),
        note(3, 'order.news', { number: '1001', state: 'confirmed', payment_state: 'captured' }),
      ],
    });
    expect(client.own.held.get('m1')).toMatchObject({ state: 'held', clientId: 'c1' });
    expect(client.own.warning).toMatchObject({ id: 'w1', reason: 'Be kind' });
    expect(client.own.news.map((one) => one.kind)).toEqual(['order.news']);
    expect(client.seq).toBe(0);

    world.socket.fail();
    await world.advance(20_000);
    await welcome();
    expect(world.socket.sent[0]).toMatchObject({ private: { after: 3 } });
    const declined = note(4, 'message.reviewed', { client_id: 'c1', message_id: 'm1', state: 'declined', note: 'No links' });
    world.socket.deliver({ type: 'private', from: 3, to: 4, entries: [note(3, 'order.news', {}), declined] });
    expect(client.own.held.get('m1')).toMatchObject({ state: 'declined', note: 'No links' });
    expect(client.own.news.length).toBe(1);
  });

  it('is not asked for unless it is followed', async () => {
    const { world, welcome } = await follow();
    await welcome();
    expect(world.socket.sent[0]).not.toHaveProperty('private');
  });
});

describe('older pages', () => {
  const last = { message_id: 'm1001', seq: 1001, at: at(900), author: { id: 'g:a', name: 'Ada', role: 'guest' }, text: 'late' };
  const pages: Record<string, unknown[]> = {
    '/ranges/e1/0': [posted(1, 1, 'one'), posted(2, 2, 'two')],
    '/ranges/e1/1': [posted(600, 500, 'middle')],
    '/ranges/e1/2': [posted(1001, 900, 'late'), posted(1002, 901, 'told by following')],
  };

  function answering(world: FakeWorld): string[] {
    const asked: string[] = [];
    world.answer = (url, init) => {
      const path = url.replace('https://shop.example/timeline/evening', '');
      asked.push(path + ((init.headers as Record<string, string>)['Authorization'] ?? ''));
      return json({ type: 'range', entries: pages[path] ?? [] });
    };
    return asked;
  }

  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const texts = (client: TimelineClient) => client.view.messages.map((m) => m.text);

  it('of a replay come from the beginning, ahead of the picture, each entry once', async () => {
    const snapshot = snapshotOf({ state: 'ended', timeline: { url: '/timeline/evening', seq: 1001, epoch: 'e1' }, messages: [last] });
    const { world, client } = await follow({ snapshot });
    const asked = answering(world);
    client.setPicture(pictureAt(0));
    await client.loadHistory();
    expect(asked).toEqual(['/ranges/e1/0', '/ranges/e1/1', '/ranges/e1/2']);
    await client.loadHistory();
    expect(asked.length).toBe(3);
    client.setPicture(pictureAt(901));
    expect(texts(client)).toEqual(['one', 'two', 'middle', 'late']);
    client.setPicture(pictureAt(1.5));
    expect(texts(client)).toEqual(['one']);
  });

  it('of a show that is running come backwards, as far as someone looks back', async () => {
    const snapshot = snapshotOf({ timeline: { url: '/timeline/evening', seq: 1001, epoch: 'e1' }, messages: [last] });
    const { world, client } = await follow({ snapshot });
    const asked = answering(world);
    client.setPicture(pictureAt(950));
    await settled();
    expect(asked).toEqual([]);
    client.setPicture(pictureAt(600));
    await settled();
    expect(asked).toEqual(['/ranges/e1/2', '/ranges/e1/1']);
    expect(texts(client)).toEqual(['middle']);
    client.setPicture(pictureAt(5));
    await settled();
    expect(asked).toEqual(['/ranges/e1/2', '/ranges/e1/1', '/ranges/e1/0']);
    expect(texts(client)).toEqual(['one', 'two']);
  });

  it('come some at a time when they are asked for', async () => {
    const snapshot = snapshotOf({ timeline: { url: '/timeline/evening', seq: 1001, epoch: 'e1' }, messages: [last] });
    const { world, client } = await follow({ snapshot });
    answering(world);
    client.setPicture(Number.POSITIVE_INFINITY);
    await client.loadHistory();
    expect(texts(client)).toEqual(['middle', 'late']);
    await client.loadHistory();
    expect(texts(client)).toEqual(['one', 'two', 'middle', 'late']);
  });

  it('of a show that is not public take a token', async () => {
    const snapshot = snapshotOf({ timeline: { url: '/timeline/evening', seq: 2, epoch: 'e1' } });
    const { world, client } = await follow({ snapshot });
    world.answer = (_url, init) => {
      const isStaff = (init.headers as Record<string, string>)['Authorization'] === 'Bearer token-1';
      return isStaff ? json({ entries: pages['/ranges/e1/0'] }) : json({ code: 'not-found' }, 404);
    };
    client.setPicture(Number.POSITIVE_INFINITY);
    await client.loadHistory();
    expect(texts(client)).toEqual(['one', 'two']);
  });
});
