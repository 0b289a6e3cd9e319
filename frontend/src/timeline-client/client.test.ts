import { describe, expect, it } from 'vitest';
import { TimelineClient, type TimelineOptions } from './client.ts';
import { FakeWorld, STARTED_MS, at, deleted, highlighted, pictureAt, posted, settle, snapshotOf, takenDown } from './testing.ts';

function follow(options: Partial<TimelineOptions> = {}): { world: FakeWorld; client: TimelineClient } {
  const world = new FakeWorld();
  const client = new TimelineClient({
    snapshot: snapshotOf(),
    base: 'https://shop.example/shows/evening',
    viewerId: () => 'g:me',
    token: () => Promise.resolve('token-1'),
    fetchSnapshot: () => Promise.reject(new Error('not expected')),
    fetchEntries: () => Promise.reject(new Error('not expected')),
    surroundings: world,
    ...options,
  });
  client.start();
  return { world, client };
}

async function welcome(world: FakeWorld, seq = 0, epoch = 'e1'): Promise<void> {
  await settle();
  world.socket.onopen?.();
  world.socket.deliver({ type: 'welcome', seq, epoch, now: new Date(world.nowMs).toISOString() });
}

describe('release at the picture', () => {
  // The same show, watched 2 s and 20 s behind. What counts is the picture at which something is on screen: it must
  // be the same for both. A timer or a fixed delay could be right for one of them at most.
  async function watch(behindMs: number): Promise<Record<string, number>> {
    const { world, client } = follow();
    await welcome(world);
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
    const { world, client } = follow();
    await welcome(world);
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
    const { world, client } = follow();
    await welcome(world);
    world.socket.deliver({ type: 'entries', from: 1, to: 1, entries: [highlighted(1, 10, 'lipstick')] });
    client.setPicture(pictureAt(0));
    let told = 0;
    client.subscribe(() => (told += 1));
    for (let ms = 0; ms <= 12_000; ms += 20) client.setPicture(pictureAt(0) + ms);
    expect(told).toBe(1);
  });
});

describe('coming back', () => {
  it('says hello with the position that was reached and shows nothing twice', async () => {
    const { world, client } = follow();
    await welcome(world);
    client.setPicture(Number.POSITIVE_INFINITY);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'token-1', after: 0, epoch: 'e1' });
    world.socket.deliver({ type: 'entries', from: 1, to: 2, entries: [posted(1, 1, 'one'), posted(2, 2, 'two')] });
    world.socket.fail();
    expect(client.status).toBe('waiting');

    await world.advance(60_000);
    await welcome(world, 4);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'token-1', after: 2, epoch: 'e1' });
    world.socket.deliver({ type: 'entries', from: 2, to: 4, entries: [posted(2, 2, 'two'), posted(3, 3, 'three'), posted(4, 4, 'four')] });
    expect(client.view.messages.map((m) => m.text)).toEqual(['one', 'two', 'three', 'four']);
    expect(client.status).toBe('open');
  });

  it('leaves when entries are missing, and asks for them', async () => {
    const { world, client } = follow();
    await welcome(world);
    world.socket.deliver({ type: 'entries', from: 3, to: 3, entries: [posted(3, 3, 'three')] });
    expect(world.sockets[0]!.isClosed).toBe(true);
    await world.advance(500);
    await welcome(world, 3);
    expect(world.socket.sent[0]).toMatchObject({ after: 0 });
    expect(client.seq).toBe(0);
  });

  it('waits longer each time, up to 15 s, and not at all when woken', async () => {
    const { world, client } = follow();
    await settle();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const [count, from] = [world.sockets.length, world.nowMs];
      world.socket.fail();
      while (world.sockets.length === count) await world.advance(250);
      waits.push(world.nowMs - from);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    world.socket.fail();
    client.wake();
    await settle();
    expect(world.sockets.length).toBe(9);
  });

  it('drops a line on which nothing comes for 45 s', async () => {
    const { world, client } = follow();
    await welcome(world);
    await world.advance(44_999);
    expect(client.status).toBe('open');
    await world.advance(1);
    expect(client.status).toBe('waiting');
    expect(world.sockets[0]!.isClosed).toBe(true);
  });

  it('takes a new snapshot when the server says that the position means nothing', async () => {
    const snapshot = snapshotOf({
      timeline: { url: '/timeline/evening', seq: 7, epoch: 'e2' },
      messages: [{ message_id: 'm7', seq: 7, at: at(7), author: { id: 'g:a', name: 'Ada', role: 'viewer' }, text: 'seven' }],
    });
    const { world, client } = follow({ fetchSnapshot: () => Promise.resolve(snapshot) });
    await welcome(world);
    client.setPicture(Number.POSITIVE_INFINITY);
    world.socket.deliver({ type: 'entries', from: 1, to: 1, entries: [posted(1, 1, 'one')] });
    world.socket.deliver({ type: 'restart' });
    await welcome(world, 7, 'e2');
    expect(world.sockets.length).toBe(2);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'token-1', after: 7, epoch: 'e2' });
    expect(client.view.messages.map((m) => m.text)).toEqual(['seven']);
  });

  it('renews a refused token, and reads on without one after a ban', async () => {
    const asked: boolean[] = [];
    const { world, client } = follow({
      token: (renew) => {
        asked.push(renew);
        return Promise.resolve(renew ? 'token-2' : 'token-1');
      },
    });
    await settle();
    world.socket.fail(4401);
    await world.advance(500);
    await welcome(world);
    expect(asked).toEqual([false, true]);
    expect(world.socket.sent[0]).toMatchObject({ token: 'token-2' });
    world.socket.fail(4403);
    expect(client.isBanned).toBe(true);
    await world.advance(500);
    await welcome(world);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', after: 0, epoch: 'e1' });
  });

  it('stops for good where there is no such show', async () => {
    const { world, client } = follow();
    await settle();
    world.socket.fail(4404);
    await world.advance(120_000);
    expect(client.status).toBe('stopped');
    expect(world.sockets.length).toBe(1);
  });
});

describe('the clock', () => {
  it('follows the server by the exchange that took the least time', async () => {
    const { world, client } = follow();
    await welcome(world);
    const pong = async (roundTripMs: number, offsetMs: number) => {
      const halfway = world.nowMs + roundTripMs / 2 + offsetMs;
      await world.advance(roundTripMs);
      world.socket.deliver({ type: 'pong', now: new Date(halfway).toISOString() });
    };
    await pong(40, 5_000);
    expect(client.serverNowMs() - world.nowMs).toBe(5_000);
    await world.advance(20_000 - 40);
    await pong(900, 5_300);
    expect(client.serverNowMs() - world.nowMs).toBe(5_000);
  });
});

describe('history', () => {
  it('comes page by page up to the head, each entry once', async () => {
    const pages = [
      { entries: [posted(1, 1, 'one'), posted(2, 2, 'two')], to: 1000, head: 1500, epoch: 'e1' },
      { entries: [posted(1001, 900, 'late')], to: 1500, head: 1500, epoch: 'e1' },
    ];
    const asked: number[] = [];
    const { world, client } = follow({
      snapshot: snapshotOf({
        state: 'ended',
        timeline: { url: '/t', seq: 1500, epoch: 'e1' },
        messages: [{ message_id: 'm1001', seq: 1001, at: at(900), author: { id: 'g:a', name: 'Ada', role: 'viewer' }, text: 'late' }],
      }),
      fetchEntries: (after) => {
        asked.push(after);
        return Promise.resolve(pages[asked.length - 1]!);
      },
    });
    await welcome(world, 1500);
    client.setPicture(pictureAt(901));
    expect(client.view.messages.map((m) => m.text)).toEqual(['late']);
    await client.loadHistory();
    await client.loadHistory();
    expect(asked).toEqual([0, 1000]);
    expect(client.view.messages.map((m) => m.text)).toEqual(['one', 'two', 'late']);
    client.setPicture(pictureAt(1.5));
    expect(client.view.messages.map((m) => m.text)).toEqual(['one']);
  });
});
