import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../../api/client.ts';
import { GuestDesk, type GuestRow } from './guest-desk.ts';

class FakeStream {
  readonly tracks: { kind: string }[] = [];
  addTrack(track: { kind: string }) {
    this.tracks.push(track);
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

class FakeConnection extends EventTarget {
  static made: FakeConnection[] = [];
  connectionState = 'new';
  signalingState = 'stable';
  localDescription = { sdp: 'offer' };
  remoteDescription: unknown = null;
  readonly candidates: unknown[] = [];
  readonly transceivers: { sender: { track: unknown }; receiver: { track: { kind: string } } }[] = [];

  constructor() {
    super();
    FakeConnection.made.push(this);
  }
  addTransceiver(kind: string) {
    const sender = {
      track: null as unknown,
      getParameters: () => ({ encodings: [] }),
      replaceTrack(track: unknown) {
        this.track = track;
        return Promise.resolve();
      },
    };
    this.transceivers.push({ sender, receiver: { track: { kind } } });
  }
  getTransceivers() {
    return this.transceivers;
  }
  setLocalDescription() {
    return Promise.resolve();
  }
  setRemoteDescription(description: { sdp: string }) {
    if (description.sdp === 'nonsense') return Promise.reject(new Error('no description'));
    this.remoteDescription = description;
    return Promise.resolve();
  }
  addIceCandidate(candidate: unknown) {
    this.candidates.push(candidate);
    return Promise.resolve();
  }
  close() {
    this.signalingState = 'closed';
  }
  become(state: string) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
  get sent() {
    return this.transceivers.map(({ sender }) => (sender.track as { id?: string } | null)?.id ?? null);
  }
}

class FakeSocket extends EventTarget {
  static made: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 1;
  readonly said: { type: string; to?: string; body?: { call: string; kind: string } }[] = [];
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    FakeSocket.made.push(this);
  }
  send(text: string) {
    this.said.push(JSON.parse(text) as (typeof this.said)[number]);
  }
  close() {
    this.readyState = 3;
  }
  hear(frame: object) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }));
  }
}

class FakeAudio {
  static first = 'running';
  static made: FakeAudio[] = [];
  state = FakeAudio.first;
  constructor() {
    FakeAudio.made.push(this);
  }
  resume() {
    this.state = 'running';
    return Promise.resolve();
  }
  createMediaStreamSource() {
    return { connect: () => undefined, disconnect: () => undefined };
  }
  createMediaStreamDestination() {
    return { stream: { getAudioTracks: () => [{ id: 'the others' }] } };
  }
  close() {
    return Promise.resolve();
  }
}

let rows: GuestRow[];
const arrived: string[] = [];
const mixed: string[] = [];
const mixer = {
  output: { getVideoTracks: () => [{ id: 'the show' }] } as unknown as MediaStream,
  add: (id: string) => void mixed.push(id),
  remove: (id: string) => void mixed.splice(mixed.indexOf(id), 1),
};

function theConnection(n = 0): FakeConnection {
  const made = FakeConnection.made[n];
  if (!made) throw new Error('no such connection');
  return made;
}

function ana(state: GuestRow['state'], id = 'ana'): GuestRow {
  return { id, role: 'guest', name: 'Ana', state, is_expired: false };
}

async function opened(): Promise<{ desk: GuestDesk; socket: FakeSocket }> {
  const api = { request: () => Promise.resolve({ people: rows }) } as unknown as Api;
  const desk = new GuestDesk({ slug: 'show', api, iceServers: [], changed: () => undefined, arrived: (name) => void arrived.push(name), token: () => Promise.resolve('t'), mixer: () => mixer, voice: () => null });
  desk.open();
  const socket = FakeSocket.made.at(-1);
  if (!socket) throw new Error('no socket');
  socket.dispatchEvent(new Event('open'));
  await settle();
  socket.hear({ type: 'welcome', guest: null });
  await settle();
  return { desk, socket };
}

async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeConnection.made = [];
  FakeSocket.made = [];
  FakeAudio.made = [];
  FakeAudio.first = 'running';
  mixed.length = arrived.length = 0;
  const kept = new Map<string, string>();
  vi.stubGlobal('RTCPeerConnection', FakeConnection);
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('AudioContext', FakeAudio);
  vi.stubGlobal('location', { href: 'https://shop.test/studio/show' });
  vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the desk', () => {
  it('calls a guest whose page is there, and gives her the show only on stage', async () => {
    rows = [ana('green-room')];
    const { desk, socket } = await opened();
    expect(socket.url).toBe('wss://shop.test/timeline/show/stage');
    expect(socket.said[0]).toMatchObject({ type: 'hello', token: 't' });
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' });
    await settle();
    const connection = theConnection();
    const offer = socket.said.at(-1);
    expect(offer).toMatchObject({ type: 'signal', to: 'ana', body: { kind: 'offer', sdp: 'offer' } });
    // Candidates before the answer wait for it; those of another call are nobody's.
    const call = offer?.body?.call ?? '';
    socket.hear({ type: 'signal', from: 'ana', body: { call, kind: 'candidates', candidates: [{ candidate: 'a' }] } });
    socket.hear({ type: 'signal', from: 'ana', body: { call: 'old', kind: 'answer', sdp: 'old' } });
    await settle();
    expect([connection.candidates, connection.remoteDescription]).toEqual([[], null]);
    socket.hear({ type: 'signal', from: 'ana', body: { call, kind: 'answer', sdp: 'answer' } });
    await settle();
    expect([connection.candidates, connection.remoteDescription]).toEqual([[{ candidate: 'a' }], { type: 'answer', sdp: 'answer' }]);
    connection.become('connected');
    expect(desk.guests[0]).toMatchObject({ line: 'connected', isInPicture: false });
    expect([mixed, connection.sent, arrived]).toEqual([[], [null, null], ['Ana']]);

    rows = [ana('on-stage')];
    socket.hear({ type: 'changed' });
    await settle();
    expect([mixed, connection.sent]).toEqual([['guest:ana'], ['the others', 'the show']]);
    rows = [ana('green-room')];
    socket.hear({ type: 'changed' });
    await settle();
    expect([mixed, connection.sent]).toEqual([[], [null, null]]);
    rows = [];
    socket.hear({ type: 'changed' });
    await settle();
    expect(connection.signalingState).toBe('closed');
  });

  it('takes a guest whose line broke out of the picture, and calls her again', async () => {
    rows = [ana('on-stage')];
    const { desk, socket } = await opened();
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' });
    await settle();
    theConnection().become('connected');
    expect(mixed).toEqual(['guest:ana']);
    theConnection().become('disconnected');
    await settle(1000);
    expect([desk.guests[0]?.line, mixed]).toEqual(['lost', ['guest:ana']]); // it may mend itself
    await settle(2500);
    expect([mixed, FakeConnection.made.length]).toEqual([[], 1]);
    await settle(2000);
    expect([FakeConnection.made.length, theConnection().signalingState]).toEqual([2, 'closed']);
    theConnection(1).become('connected');
    await settle(500);
    expect(mixed).toEqual(['guest:ana']);
  });

  it('calls a page that was loaded again, and lets go of one that went', async () => {
    rows = [ana('on-stage')];
    const { desk, socket } = await opened();
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' });
    await settle();
    theConnection().become('connected');
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' }); // only its socket was new
    await settle();
    expect(FakeConnection.made.length).toBe(1);
    socket.hear({ type: 'guest', id: 'ana', page: 'p2' });
    await settle();
    expect([FakeConnection.made.length, theConnection().signalingState]).toEqual([2, 'closed']);
    theConnection(1).become('connected');
    socket.hear({ type: 'gone', id: 'ana' });
    await settle(3500);
    expect([desk.guests[0]?.line, mixed, theConnection(1).signalingState]).toEqual(['none', [], 'closed']);
  });

  it('calls a guest whose answers are nonsense again in a while, not at their pace', async () => {
    rows = [ana('green-room')];
    const { desk, socket } = await opened();
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' });
    await settle();
    for (let n = 0; n < 20; n += 1) {
      const call = socket.said.at(-1)?.body?.call;
      socket.hear({ type: 'signal', from: 'ana', body: { call, kind: 'answer', sdp: 'nonsense' } });
      await settle(100);
    }
    expect([FakeConnection.made.length, theConnection().signalingState, desk.guests[0]?.line]).toEqual([1, 'closed', 'lost']);
    await settle(3500);
    expect(FakeConnection.made.length).toBe(2);
  });

  it('lets guests who were on stage before the page was loaded hear the others from the first click on', async () => {
    FakeAudio.first = 'suspended'; // no gesture yet
    rows = [ana('on-stage')];
    const { desk, socket } = await opened();
    socket.hear({ type: 'guest', id: 'ana', page: 'p1' });
    await settle();
    theConnection().become('connected');
    expect(FakeAudio.made.map(({ state }) => state)).toEqual(['suspended']);
    desk.resume();
    expect(FakeAudio.made.map(({ state }) => state)).toEqual(['running']);
  });

  it('stays away when another studio page has the guests, until it is told to take them', async () => {
    rows = [ana('green-room')];
    const { desk, socket } = await opened();
    const closed = Object.assign(new Event('close'), { code: 4503 });
    socket.dispatchEvent(closed);
    await settle(60_000);
    expect([desk.state, FakeSocket.made.length]).toEqual(['taken', 1]);
    desk.open();
    expect([desk.state, FakeSocket.made.length]).toEqual(['connecting', 2]);
  });
});
