import { describe, expect, it } from 'vitest';
import { follow, json, settle } from './testing.ts';

const commands = (sent: readonly Record<string, unknown>[]) => sent.filter((frame) => frame['type'] === 'command');

describe('a command', () => {
  it('goes over the open socket and is answered there', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const answer = client.send('vote', { poll_id: 'p1', options: [1] }, 'c1');
    expect(commands(world.socket.sent)).toEqual([{ type: 'command', id: 'c1', name: 'vote', body: { poll_id: 'p1', options: [1] } }]);
    world.socket.deliver({ type: 'ack', id: 'c1', seq: 12 });
    expect(await answer).toEqual({ id: 'c1', seq: 12 });
    expect(client.unanswered).toBe(0);
    expect(world.requests).toEqual([]);
  });

  it('is refused with the reason and the wait', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const answer = client.send('message', { text: 'again' }, 'c1');
    world.socket.deliver({ type: 'problem', id: 'c1', status: 429, code: 'slow-mode', detail: 'Wait.', retry_after_s: 7.5 });
    await expect(answer).rejects.toMatchObject({ problem: { status: 429, code: 'slow-mode', retry_after_s: 7.5 } });
    expect(client.unanswered).toBe(0);
  });

  it('is sent again with the same id after a loss, until it is answered, and answered once', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const answer = client.send('message', { text: 'hello' }, 'c1');
    expect(client.send('message', { text: 'hello' }, 'c1')).toBe(answer);
    world.socket.fail();
    await world.advance(1_000);
    await welcome();
    expect(commands(world.socket.sent).map((frame) => frame['id'])).toEqual(['c1']);
    world.socket.deliver({ type: 'ack', id: 'c1', seq: 5 });
    world.socket.deliver({ type: 'ack', id: 'c1', seq: 5 });
    expect(await answer).toMatchObject({ seq: 5 });
  });

  it('goes by POST while there is no socket, again and again for half a minute', async () => {
    const { world, client } = await follow();
    const answer = client.send('message', { text: 'hello' }, 'c1');
    const failed = answer.catch((error: unknown) => error);
    await world.advance(29_000);
    const posts = world.requests.filter(({ init }) => init.method === 'POST');
    expect(posts.length).toBeGreaterThan(8);
    expect(new Set(posts.map(({ init }) => (JSON.parse(String(init.body)) as { id: string }).id))).toEqual(new Set(['c1']));
    await world.advance(1_000);
    expect(await failed).toMatchObject({ problem: { status: 0, code: 'no-answer' } });
  });

  it('is asked for by POST when the socket does not answer', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    world.answer = () => json({ id: 'c1', seq: 8 });
    const answer = client.send('message', { text: 'hello' }, 'c1');
    await world.advance(4_900);
    expect(world.requests).toEqual([]);
    await world.advance(200);
    expect(await answer).toMatchObject({ seq: 8 });
    world.socket.deliver({ type: 'ack', id: 'c1', seq: 8 });
    expect(client.unanswered).toBe(0);
  });

  it('goes again with a fresh token when the old one had run out', async () => {
    const asked: boolean[] = [];
    const { world, client, welcome } = await follow({
      token: (renew) => {
        asked.push(renew);
        return Promise.resolve(renew ? 'token-2' : 'token-1');
      },
    });
    await welcome();
    const answer = client.send('message', { text: 'hello' }, 'c1');
    world.socket.deliver({ type: 'problem', id: 'c1', status: 401, code: 'token-expired', detail: '' });
    await settle();
    expect(world.socket.sent.slice(-2)).toEqual([
      { type: 'token', token: 'token-2' },
      { type: 'command', id: 'c1', name: 'message', body: { text: 'hello' } },
    ]);
    world.socket.deliver({ type: 'problem', id: 'c1', status: 401, code: 'token-expired', detail: '' });
    await expect(answer).rejects.toMatchObject({ problem: { status: 401 } });
  });

  it('waits for its turn when the server is busy', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const answer = client.send('message', { text: 'hello' }, 'c1');
    world.socket.deliver({ type: 'problem', id: 'c1', status: 503, code: 'unavailable', detail: '', retry_after_s: 3 });
    await world.advance(2_900);
    expect(commands(world.socket.sent).length).toBe(1);
    await world.advance(200);
    expect(commands(world.socket.sent).length).toBe(2);
    world.socket.deliver({ type: 'ack', id: 'c1', seq: 9 });
    expect(await answer).toMatchObject({ seq: 9 });
  });

  it('is bounded, and ends with a ban', async () => {
    const { world, client, welcome } = await follow();
    await welcome();
    const answers = Array.from({ length: 64 }, (_, n) => client.send('message', { text: 'x' }, `c${n}`).catch((error: unknown) => error));
    await expect(client.send('message', { text: 'x' }, 'one too many')).rejects.toMatchObject({ problem: { code: 'too-many' } });
    world.socket.fail(4403);
    for (const answer of answers) expect(await answer).toMatchObject({ problem: { code: 'banned' } });
  });
});
