import { describe, expect, it } from 'vitest';
import { Api } from '../api/client.ts';
import { productPlace } from './places.ts';
import { Session } from './session.ts';
import type { UndoOffer } from './undo.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const PICTURE = new Date('2026-05-01T18:00:05.120Z');

/** A server that notes what it is asked and answers as it is told. */
class FakeServer {
  readonly calls: Call[] = [];
  answer: (call: Call) => Response | Promise<Response> = () => Response.json({});

  readonly fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined;
    const path = (input as string).replace('/api/v1/shows/evening', '');
    const call = { method: init.method ?? 'GET', path, body };
    this.calls.push(call);
    return Promise.resolve(this.answer(call));
  };
}

function refuse(status: number, detail: string): Response {
  return Response.json({ status, code: 'conflict', detail }, { status });
}

function setUp(pictureAt: Date | null = PICTURE) {
  const server = new FakeServer();
  const said: { words: string; undo: UndoOffer | undefined }[] = [];
  const api = new Api({ fetch: server.fetch });
  const session = new Session('evening', api, api, {
    changed: () => undefined,
    done: (words, undo) => said.push({ words, undo }),
    pictureAt: () => pictureAt,
  });
  return { server, session, said };
}

describe('putting products on screen', () => {
  it('names the picture that the producer sees', async () => {
    const { server, session } = setUp();
    server.answer = () => Response.json({ highlight_id: 'h1' });
    await session.highlight(['p1', 'p2']);
    expect(server.calls).toEqual([
      { method: 'POST', path: '/highlights', body: { product_ids: ['p1', 'p2'], picture_at: PICTURE.toISOString() } },
    ]);
  });

  it('leaves the picture out when there is no preview', async () => {
    const { server, session } = setUp(null);
    server.answer = () => Response.json({ highlight_id: 'h1' });
    await session.highlight(['p1']);
    await session.takeDown('h1');
    expect(server.calls.map((call) => [call.path, call.body])).toEqual([
      ['/highlights', { product_ids: ['p1'] }],
      ['/highlights/h1', undefined],
    ]);
  });

  it('is taken back by taking it down', async () => {
    const { server, session, said } = setUp();
    server.answer = () => Response.json({ highlight_id: 'h1' });
    await session.highlight(['p1']);
    expect(await session.undo(said[0]?.undo)).toBe(true);
    expect(await session.undo()).toBe(false);
    const picture = encodeURIComponent(PICTURE.toISOString());
    expect(server.calls.at(-1)).toEqual({ method: 'DELETE', path: `/highlights/h1?picture_at=${picture}`, body: undefined });
    expect(server.calls).toHaveLength(2);
  });

  it('is taken back also when the answer is not here yet', async () => {
    const { server, session } = setUp();
    let reply: (response: Response) => void = () => undefined;
    server.answer = () => new Promise((resolve) => (reply = resolve));
    void session.highlight(['p1']);
    const undone = session.undo();
    server.answer = () => Response.json({});
    reply(Response.json({ highlight_id: 'h1' }));
    expect(await undone).toBe(true);
    expect(server.calls.map((call) => call.method)).toEqual(['POST', 'DELETE']);
  });

  it('shows what went wrong where the button is, and only there', async () => {
    const { server, session, said } = setUp();
    server.answer = () => refuse(409, 'The show has ended.');
    expect(await session.highlight(['p1'])).toBe(false);
    expect(session.errorAt(productPlace(['p1']))).toBe('The show has ended.');
    expect(session.errorAt(productPlace(['p2']))).toBeUndefined();
    expect(said).toEqual([]);
  });

  it('changes nothing before the server has said so', async () => {
    const { server, session } = setUp();
    let reply: (response: Response) => void = () => undefined;
    server.answer = () => new Promise((resolve) => (reply = resolve));
    const first = session.highlight(['p1']);
    expect(session.isBusy(productPlace(['p1']))).toBe(true);
    expect(session.state.highlights).toEqual([]);
    expect(await session.highlight(['p1'])).toBe(false); // the second press of an impatient finger
    reply(Response.json({ highlight_id: 'h1' }));
    expect(await first).toBe(true);
    expect(server.calls).toHaveLength(1);
    expect(session.isBusy(productPlace(['p1']))).toBe(false);
  });
});

const MESSAGE = {
  id: 'm1',
  seq: 4,
  author: { id: 'g:1', name: 'Sam', role: 'guest' },
  text: 'buy cheap',
  atMs: 0,
  shownFromMs: 0,
  clientId: null,
  replyTo: null,
  mentions: [],
};

describe('moderation', () => {
  it('bans, and takes that back by its line in the log', async () => {
    const { server, session, said } = setUp();
    const line = { audit_id: 'a7', action: 'ban', target: MESSAGE.author.id, is_mine: true };
    server.answer = ({ path }) => (path === '/audit' ? Response.json([line]) : Response.json({}));
    await session.ban({ message: MESSAGE, reason: 'spam', minutes: 10, deletesMessages: false, deleteReason: 'spam' });
    await session.undo(said[0]?.undo);
    expect(server.calls).toEqual([
      { method: 'POST', path: '/bans', body: { message_id: 'm1', reason: 'spam', minutes: 10, delete_messages: false, delete_reason: 'spam' } },
      { method: 'GET', path: '/audit', body: undefined },
      { method: 'POST', path: '/audit/a7/undo', body: {} },
    ]);
  });

  it('deletes without an offer to undo', async () => {
    const { server, session, said } = setUp();
    server.answer = () => new Response(null, { status: 204 });
    session.deleteReason = 'spam';
    await session.deleteMessage(MESSAGE);
    expect(server.calls.at(-1)?.path).toBe(`/messages/${MESSAGE.id}?reason=spam`);
    expect(said).toEqual([{ words: 'Message of Sam deleted.', undo: undefined }]);
  });
});

describe('adding a product to the rundown', () => {
  it('puts it at the end, and is taken back by taking it out', async () => {
    const { server, session, said } = setUp();
    server.answer = () => Response.json([]);
    await session.addToRundown('p9', 'Night balm');
    expect(said[0]?.words).toBe('Night balm is in the rundown.');
    expect(await session.undo(said[0]?.undo)).toBe(true);
    expect(server.calls).toEqual([
      { method: 'POST', path: '/rundown/items', body: { product_ids: ['p9'] } },
      { method: 'DELETE', path: '/rundown/items/p9', body: undefined },
    ]);
  });

  it('shows beside the product why it was refused', async () => {
    const { server, session, said } = setUp();
    server.answer = () => refuse(409, 'The show has ended.');
    expect(await session.addToRundown('p9', 'Night balm')).toBe(false);
    expect(session.errorAt('add:p9')).toBe('The show has ended.');
    expect(said).toEqual([]);
  });
});

it('says why an undo failed', async () => {
  const { server, session, said } = setUp();
  server.answer = () => Response.json({ highlight_id: 'h1' });
  await session.highlight(['p1']);
  server.answer = () => refuse(409, 'The show has ended.');
  expect(await session.undo()).toBe(false);
  expect(said.at(-1)?.words).toBe('That could not be undone. The show has ended.');
});

describe('a new stream key', () => {
  it('leads to the page that confirms the identity', async () => {
    const { server, session, said } = setUp();
    const page = '/accounts/reauthenticate/';
    const refused = { status: 403, code: 'confirm-identity', detail: 'Confirm that it is you.', confirm_url: page };
    server.answer = () => Response.json(refused, { status: 403 });
    expect(await session.rotateKey()).toBe(false);
    expect(session.errorAt('stream')).toBe('Confirm that it is you.');
    expect(session.actions.confirmUrlAt('stream')).toBe(page);
    server.answer = () => Response.json({ url: 'rtmp://here/live', key: 'sf_new' });
    expect(await session.rotateKey()).toBe(true);
    expect(session.actions.confirmUrlAt('stream')).toBeUndefined();
    expect(said.length).toBe(1);
  });
});

describe('the plan', () => {
  it('changes a segment and takes a poll by the verbs of the plan', async () => {
    const { server, session } = setUp();
    server.answer = () => Response.json([]);
    expect(await session.plan.changeItem('i1', { title: 'Welcome', minutes: null, cue: 'Smile' })).toBe(true);
    expect(await session.plan.addRow('poll', 'q1')).toBe(true);
    expect(server.calls).toEqual([
      { method: 'PATCH', path: '/plan/items/i1', body: { data: { title: 'Welcome', minutes: null, cue: 'Smile' } } },
      { method: 'POST', path: '/plan/items', body: { kind: 'poll', data: { poll_id: 'q1' } } },
    ]);
  });

  it('says in its place what was refused', async () => {
    const { server, session } = setUp();
    server.answer = () => refuse(404, 'There is no such poll.');
    expect(await session.plan.addRow('poll', 'q1')).toBe(false);
    expect(session.errorAt('rundown')).toBe('There is no such poll.');
  });
});
