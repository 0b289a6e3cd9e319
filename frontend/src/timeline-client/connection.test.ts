import { describe, expect, it, vi } from 'vitest';
import { browserEnvironment } from './environment.ts';
import { FakeWorld, at, follow, json, posted, settle, snapshotOf } from './testing.ts';

describe('coming back', () => {
  it('says hello with the position that was reached and shows nothing twice', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    client.setPicture(Number.POSITIVE_INFINITY);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'token-1', after: 0, epoch: 'e1' });
    world.socket.deliver({ type: 'entries', from: 1, to: 2, entries: [posted(1, 1, 'one'), posted(2, 2, 'two')] });
    world.socket.fail();
    expect(client.status).toBe('waiting');

    await world.advance(1_000);
    await welcome(4);
    expect(world.socket.sent[0]).toEqual({ type: 'hello', token: 'token-1', after: 2, epoch: 'e1' });
    world.socket.deliver({ type: 'entries', from: 2, to: 4, entries: [posted(2, 2, 'two'), posted(3, 3, 'three'), posted(4, 4, 'four')] });
    expect(client.view.messages.map((m) => m.text)).toEqual(['one', 'two', 'three', 'four']);
    expect(client.status).toBe('open');
  });

  it('does not come back when it was stopped while its token was on the way', async () => {
    let give: (token: string) => void = () => undefined;
    const { world, client } = await follow({ token: () => new Promise((resolve) => (give = resolve)) });
    expect([client.status, world.sockets.length]).toEqual(['connecting', 0]);
    client.stop();
    give('token-1');
    await settle();
    await world.advance(60_000);
    expect([client.status, world.sockets.length]).toEqual(['stopped', 0]);
  });

  it('opens one connection when it was stopped and started while its token was on the way', async () => {
    const given: ((token: string) => void)[] = [];
    const { world, client } = await follow({ token: () => new Promise((resolve) => given.push(resolve)) });
    client.stop();
    client.start();
    await settle();
    for (const [place, give] of given.entries()) give(`token-${place + 1}`);
    await settle();
    expect([given.length, world.sockets.length]).toEqual([2, 1]);
    world.socket.onopen?.();
    expect(world.socket.sent[0]).toMatchObject({ type: 'hello', token: 'token-2' });
  });

  it('waits longer each time, up to 15 s, and not at all when woken', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const [count, from] = [world.sockets.length, world.nowMs];
      world.socket.fail();
      while (world.sockets.length === count) await world.advance(250);
      waits.push(world.nowMs - from);
    }
    expect(waits).toEqual([500, 1000]);
    world.socket.fail(4503);
    client.wake();
    await settle();
    expect(client.status).toBe('connecting');
  });

  it('comes back when the server said, not before', async () => {
    const { world, welcome } = await follow();
    await welcome();
    world.socket.deliver({ type: 'retry', after_ms: 7_300 });
    world.socket.fail(1012);
    await world.advance(7_299);
    expect(world.sockets.length).toBe(1);
    await world.advance(1);
    expect(world.sockets.length).toBe(2);
  });

  it('after a loss without a word, comes back at a moment of its own within the time that the server gave', async () => {
    const waits: number[] = [];
    for (const chance of [0.25, 0.75]) {
      const { world, welcome } = await follow();
      world.random = () => chance;
      await welcome(0, 'e1', { retry_ms: 500 });
      world.socket.deliver({ type: 'retry', within_ms: 8_000 }); // the crowd has grown
      const from = world.nowMs;
      world.socket.fail();
      while (world.sockets.length === 1) await world.advance(250);
      waits.push(world.nowMs - from);
    }
    expect(waits).toEqual([2_000, 6_000]);
  });

  it('gives a crowded server time', async () => {
    const { world } = await follow();
    world.socket.fail(4503);
    await world.advance(9_900);
    expect(world.sockets.length).toBe(1);
    await world.advance(1_000);
    expect(world.sockets.length).toBe(2);
  });

  it('drops a connection on which nothing comes for 45 s', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    await world.advance(44_999);
    expect(client.status).toBe('open');
    await world.advance(1);
    expect(client.status).toBe('waiting');
    expect(world.sockets[0]!.isClosed).toBe(true);
  });

  it('stops for good when there is no such show', async () => {
    const { world, client } = await follow();
    world.socket.fail(4404);
    await world.advance(120_000);
    expect(client.status).toBe('stopped');
    expect(world.sockets.length).toBe(1);
  });
});

describe('the token', () => {
  it('is renewed when refused; after a ban reading goes on without one', async () => {
    const asked: boolean[] = [];
    const { world, client, welcome } = await follow({
      token: (renew) => {
        asked.push(renew);
        return Promise.resolve(renew ? 'token-2' : 'token-1');
      },
    });
    world.socket.fail(4401);
    await world.advance(500);
    await welcome();
    expect(asked).toEqual([false, true]);
    expect(world.socket.sent[0]).toMatchObject({ token: 'token-2' });
    world.socket.fail(4403);
    expect(client.isBanned).toBe(true);
    await world.advance(1000);
    await welcome();
    expect(world.socket.sent[0]).toEqual({ type: 'hello', after: 0, epoch: 'e1' });
    await expect(client.send('message', { text: 'hello' })).rejects.toMatchObject({ problem: { code: 'banned' } });
  });

  it('is renewed over the open connection before it runs out', async () => {
    let made = 1;
    const { world, welcome } = await follow({
      token: (renew) => Promise.resolve(`token-${renew ? (made += 1) : made}`),
      tokenLeftMs: () => 15 * 60_000,
    });
    await welcome();
    const keepAlive = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        await world.advance(10_000);
        world.socket.deliver({ type: 'pong', now: new Date(world.nowMs).toISOString() });
      }
    };
    await keepAlive(13 * 60_000);
    expect(world.socket.sent.filter((frame) => frame['type'] === 'token')).toEqual([]);
    await keepAlive(60_000);
    expect(world.socket.sent.filter((frame) => frame['type'] === 'token')).toEqual([{ type: 'token', token: 'token-2' }]);
    expect(world.sockets.length).toBe(1);
  });

  it('speaks with another name as soon as there is one', async () => {
    const tokens = ['nameless', 'ada'];
    const { world, client, welcome } = await follow({ token: () => Promise.resolve(tokens[0]!) });
    await welcome();
    tokens.shift();
    await client.tokenChanged();
    void client.send('message', { text: 'hello' }, 'c1');
    expect(world.socket.sent.slice(-2)).toEqual([
      { type: 'token', token: 'ada' },
      { type: 'command', id: 'c1', name: 'message', body: { text: 'hello' } },
    ]);
  });
});

describe('a network without WebSockets', () => {
  function events(...frames: unknown[]): Response {
    const lines = frames.map((frame) => `id: e1:1\ndata: ${JSON.stringify(frame)}\n\n`);
    const whole = new TextEncoder().encode(`retry: 2000\n${lines.join('')}:\n\n`);
    // In pieces, cut anywhere; then open for ever.
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let from = 0; from < whole.length; from += 37) controller.enqueue(whole.slice(from, from + 37));
      },
    });
    return new Response(stream, { headers: { 'Content-Type': 'text/event-stream' } });
  }

  async function blocked(world: FakeWorld): Promise<void> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      world.socket.fail();
      await world.advance(3_000);
      await new Promise((resolve) => setTimeout(resolve)); // streams take turns of their own
    }
  }

  it('follows by server-sent events, with its token, and sends by POST', async () => {
    const { world, client } = await follow({ language: 'de' });
    client.setPicture(Number.POSITIVE_INFINITY);
    world.answer = (url, init) => {
      if (init.method === 'POST') return json({ id: 'c1', seq: 2, message_id: 'm2' });
      expect(url).toBe('https://shop.example/timeline/evening?after=0&epoch=e1');
      return events(
        { type: 'welcome', seq: 1, epoch: 'e1', tick: 1, now: at(1) },
        { type: 'entries', tick: 1, from: 1, to: 1, entries: [posted(1, 1, 'über')] },
      );
    };
    await blocked(world);
    expect(client).toMatchObject({ way: 'stream', status: 'open' });
    expect(client.view.messages.map((m) => m.text)).toEqual(['über']);
    expect(world.requests[0]!.init.headers).toMatchObject({ Accept: 'text/event-stream', Authorization: 'Bearer token-1' });

    expect(await client.send('message', { text: 'hi' }, 'c1')).toMatchObject({ seq: 2, message_id: 'm2' });
    const post = world.requests.find(({ init }) => init.method === 'POST')!;
    expect(post.url).toBe('https://shop.example/timeline/evening/commands');
    expect(JSON.parse(String(post.init.body))).toEqual({ id: 'c1', name: 'message', body: { text: 'hi' } });
    expect(post.init.headers).toMatchObject({ Authorization: 'Bearer token-1', 'Accept-Language': 'de' });
    client.stop();
  });

  it('is told its own news over the stream, and goes on behind it', async () => {
    const { world, client } = await follow({ followsOwn: true });
    const warned = (seq: number) => ({ seq, at: at(1), kind: 'warning', body: { warning_id: `w${seq}`, reason: 'kindly', lifted: false } });
    const streams: string[] = [];
    let end: () => void = () => undefined;
    world.answer = (url) => {
      streams.push(new URL(url).search);
      const frames = [
        { type: 'welcome', seq: 0, epoch: 'e1', tick: 0, now: at(1) },
        { type: 'private', from: 1, to: 3, entries: [warned(3)] },
        { type: 'count', count: 41, exact: true },
      ];
      const text = new TextEncoder().encode(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(text);
          end = () => controller.close();
        },
      });
      return new Response(body);
    };
    await blocked(world);
    expect(client.own.warning?.id).toBe('w3');
    expect(client.view.count).toBe(41);
    end();
    await new Promise((resolve) => setTimeout(resolve));
    await world.advance(3_000);
    expect(streams).toEqual(['?after=0&epoch=e1&private=0', '?after=0&epoch=e1&private=3']);
    expect(world.requests.some(({ url }) => url.includes('/private'))).toBe(false);
    client.stop();
  });

  it('remembers the transport that got through for the next page of the tab', async () => {
    const { world, client } = await follow();
    world.answer = () => events({ type: 'welcome', seq: 0, epoch: 'e1', tick: 0, now: at(1) });
    await blocked(world);
    expect(client.way).toBe('stream');
    client.stop();
    const [tried, asked] = [world.sockets.length, world.requests.length];
    const next = await follow({ environment: world });
    await new Promise((resolve) => setTimeout(resolve));
    expect(next.client).toMatchObject({ way: 'stream', status: 'open' });
    expect([world.sockets.length, world.requests.length]).toEqual([tried, asked + 1]);
    next.client.stop();
  });

  it('holds on to a WebSocket that got through before: then the server is away', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect(client.way).toBe('socket');
      const count = world.sockets.length;
      world.socket.fail();
      while (world.sockets.length === count) await world.advance(250);
    }
    expect(client.way).toBe('socket');
    world.socket.fail();
    expect(client.way).toBe('stream');
    client.stop();
  });

  it('goes on to the next transport when a proxy buffers a stream, or no connection slot is free', async () => {
    for (const answer of [() => new Response(new ReadableStream()), () => json({ status: 503 }, 503)]) {
      const { world, client } = await follow();
      world.answer = answer;
      await blocked(world);
      expect(client.way).toBe('stream');
      for (let passed = 0; client.way === 'stream' && passed < 40; passed += 1) {
        await world.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve));
      }
      expect(client.way).toBe('ticks');
      client.stop();
    }
  });

  it('takes a WebSocket that cannot even be made for one that does not get through', async () => {
    vi.stubGlobal('WebSocket', undefined);
    try {
      const closed = await new Promise((resolve) => {
        browserEnvironment.openSocket('wss://shop.example/').onclose = resolve;
      });
      expect(closed).toEqual({ code: 1006 });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('takes the WebSocket again as soon as one gets through', async () => {
    const { world, client, welcome } = await follow();
    const open: ReadableStreamDefaultController<Uint8Array>[] = [];
    world.answer = () => {
      const welcoming = { type: 'welcome', seq: 0, epoch: 'e1', tick: 0, now: at(1) };
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          open.push(controller);
          controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(welcoming)}\n\n`));
        },
      });
      return new Response(body);
    };
    const passes = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        await world.advance(10_000);
        open.at(-1)?.enqueue(new TextEncoder().encode(':\n\n')); // it says that it is there
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    await blocked(world);
    expect(client).toMatchObject({ way: 'stream', status: 'open' });
    const tried = world.sockets.length;
    await passes(60_000);
    expect(world.sockets.length).toBe(tried + 1);
    world.socket.fail();
    expect(client).toMatchObject({ way: 'stream', status: 'open' });
    await passes(120_000);
    expect(world.sockets.length).toBe(tried + 2);
    world.socket.onopen?.();
    await welcome();
    expect(client).toMatchObject({ way: 'socket', status: 'open' });
    expect(world.socket.sent[0]).toMatchObject({ type: 'hello' });
    client.stop();
  });

  it('follows tick by tick where nothing stays open, and catches up by ranges', async () => {
    const { world, client } = await follow({ followsOwn: true });
    client.setPicture(Number.POSITIVE_INFINITY);
    let release: (response: Response) => void = () => undefined;
    const next = new Promise<Response>((resolve) => (release = resolve));
    const asked: string[] = [];
    world.answer = (url, init) => {
      if ((init.headers as Record<string, string>)['Accept'] === 'text/event-stream') throw new TypeError('buffered away');
      const path = url.replace('https://shop.example/timeline/evening', '');
      asked.push(path);
      if (path === '') return json({ seq: 2, epoch: 'e1', tick: 4, now: at(2) });
      if (path === '/ranges/e1/0') {
        return json({ type: 'range', from: 1, to: 2, complete: false, entries: [posted(1, 1, 'one'), posted(2, 2, 'two')] });
      }
      if (path.startsWith('/private')) return json({ type: 'private', from: 1, to: 0, entries: [] });
      if (path === '/ticks/5') return next;
      return new Promise<Response>(() => undefined);
    };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (client.way === 'socket') world.socket.fail();
      await world.advance(5_000);
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(client).toMatchObject({ way: 'ticks', status: 'open' });
    expect(client.view.messages.map((m) => m.text)).toEqual(['one', 'two']);
    release(json({ type: 'entries', tick: 5, from: 3, to: 3, entries: [posted(3, 3, 'three')] }));
    await new Promise((resolve) => setTimeout(resolve));
    expect(client.view.messages.map((m) => m.text)).toEqual(['one', 'two', 'three']);
    expect(asked).toContain('/ticks/6');
    client.stop();
  });

  it('asks for its own news beside the ticks: now and then, and at once when it has done something', async () => {
    const world = new FakeWorld();
    world.keep('sf-way', 'ticks');
    const asked: string[] = [];
    world.answer = (url, init) => {
      const path = url.replace('https://shop.example/timeline/evening', '');
      if (path === '') return json({ seq: 0, epoch: 'e1', tick: 4, now: at(2) });
      if (path === '/ticks/5') return new Promise<Response>(() => undefined);
      if (init.method === 'POST') return json({ id: 'c1', seq: null });
      asked.push(path);
      const to = Math.min(3, asked.length);
      return json({ type: 'private', from: to, to, more: to < 2, entries: [] });
    };
    const { client } = await follow({ followsOwn: true, environment: world });
    await new Promise((resolve) => setTimeout(resolve));
    expect(client).toMatchObject({ way: 'ticks', status: 'open' });
    expect(asked).toEqual(['/private?after=0', '/private?after=1']); // there was more
    await client.send('message', { text: 'hi' }, 'c1');
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked.slice(2)).toEqual(['/private?after=2']);
    await world.advance(14_999);
    expect(asked.length).toBe(3);
    await world.advance(1);
    expect(asked.slice(3)).toEqual(['/private?after=3']);
    client.stop();
  });

  it('takes a new snapshot by GET when its position is unknown', async () => {
    const { world, client } = await follow();
    client.setPicture(Number.POSITIVE_INFINITY);
    const snapshot = snapshotOf({
      timeline: { url: '/timeline/evening', seq: 9, epoch: 'e2' },
      messages: [{ message_id: 'm9', seq: 9, at: at(9), author: { id: 'g:a', name: 'Ada', role: 'guest' }, text: 'nine' }],
    });
    world.answer = (url, init) => {
      if ((init.headers as Record<string, string>)['Accept'] === 'text/event-stream') throw new TypeError('buffered away');
      if (url.endsWith('/evening')) return json({ seq: 9, epoch: 'e2', tick: 4, now: at(9) });
      if (url.endsWith('/snapshot')) return json(snapshot);
      return new Promise<Response>(() => undefined);
    };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (client.way === 'socket') world.socket.fail();
      await world.advance(5_000);
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(client.view.messages.map((m) => m.text)).toEqual(['nine']);
    client.stop();
  });
});

describe('the clock', () => {
  it('follows the server by the exchange that took the least time', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
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
