import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Publisher } from './publisher.ts';

class FakeConnection extends EventTarget {
  static made: FakeConnection[] = [];
  connectionState = 'new';
  localDescription = { sdp: 'offer' };
  answer = '';
  isClosed = false;
  readonly senders: { track: unknown }[] = [];

  constructor() {
    super();
    FakeConnection.made.push(this);
  }
  addTransceiver(track: unknown) {
    const sender = {
      track,
      getParameters: () => ({}),
      setParameters: () => Promise.resolve(),
    };
    this.senders.push(sender);
    return { sender };
  }
  setLocalDescription() {
    return Promise.resolve();
  }
  setRemoteDescription({ sdp }: { sdp: string }) {
    this.answer = sdp;
    return Promise.resolve();
  }
  getStats() {
    const sent = { type: 'outbound-rtp', kind: 'video', timestamp: 1000, framesPerSecond: 29.9, frameWidth: 1280, frameHeight: 720 };
    return Promise.resolve(new Map<string, unknown>([['1', sent], ['2', { type: 'remote-inbound-rtp', kind: 'video', roundTripTime: 0.02 }]]));
  }
  close() {
    this.isClosed = true;
  }
  become(state: string) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

const MIX = { kind: 'video', id: 'mix' };
const STREAM = { getTracks: () => [MIX] } as unknown as MediaStream;
const requests: { url: string; method: string; headers: Record<string, string> }[] = [];
let answers: Response[] = [];

function created(n: number): Response {
  return new Response('answer', { status: 201, headers: { Location: `/whip/show/${String(n)}` } });
}

function publisher(): Publisher {
  return new Publisher({ url: '/whip/show', key: 'sf_key', iceServers: [] }, { changed: () => undefined });
}

async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeConnection.made = [];
  requests.length = 0;
  vi.stubGlobal('RTCPeerConnection', FakeConnection);
  vi.stubGlobal('fetch', (url: string, { method, headers }: RequestInit) => {
    requests.push({ url, method: method ?? 'GET', headers: headers as Record<string, string> });
    if (method === 'DELETE') return Promise.resolve(new Response());
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no network'));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the publisher', () => {
  it('publishes with the key, and ends its session at the end', async () => {
    answers = [created(1)];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle();
    expect(requests[0]).toMatchObject({ url: '/whip/show', method: 'POST', headers: { Authorization: 'Bearer sf_key' } });
    const [connection] = FakeConnection.made;
    expect(connection?.answer).toBe('answer');
    connection?.become('connected');
    expect(made.state).toBe('sending');
    made.stop();
    expect([made.state, connection?.isClosed]).toEqual(['off', true]);
    expect(requests.at(-1)).toMatchObject({ url: '/whip/show/1', method: 'DELETE' });
  });

  it('connects again after a loss, with the same tracks, and once the network is back', async () => {
    answers = [created(1)];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle();
    FakeConnection.made[0]?.become('connected');
    FakeConnection.made[0]?.become('failed');
    expect(made.state).toBe('reconnecting');
    await settle(500); // no network: the request fails
    expect([made.state, FakeConnection.made.length]).toEqual(['reconnecting', 2]);
    answers = [created(2)];
    made.wake();
    await settle();
    FakeConnection.made[2]?.become('connected');
    expect(made.state).toBe('sending');
    expect(FakeConnection.made[2]?.senders[0]?.track).toBe(MIX);
  });

  it('ends the try that is under way when the network comes back', async () => {
    answers = [created(1), created(2), created(3)];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle();
    FakeConnection.made[0]?.become('connected');
    FakeConnection.made[0]?.become('failed');
    await settle(500); // a second session, which is not connected yet
    made.wake();
    await settle();
    expect(FakeConnection.made.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
    expect(requests.filter(({ method }) => method === 'DELETE').map(({ url }) => url)).toEqual(['/whip/show/1', '/whip/show/2']);
    FakeConnection.made[2]?.become('connected');
    expect(made.state).toBe('sending');
  });

  it('lets a short disturbance pass', async () => {
    answers = [created(1)];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle();
    FakeConnection.made[0]?.become('connected');
    FakeConnection.made[0]?.become('disconnected');
    await settle(3000);
    FakeConnection.made[0]?.become('connected');
    await settle(10_000);
    expect([made.state, FakeConnection.made.length]).toEqual(['sending', 1]);
    expect(made.figures).toMatchObject({ fps: 30, width: 1280, height: 720, roundTripMs: 20, loss: 0, limitedBy: 'none' });
    made.stop();
  });

  it('says why the server does not take it, and stops trying', async () => {
    answers = [new Response(JSON.stringify({ detail: 'This stream key is not valid.' }), { status: 401 })];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle(60_000);
    expect([made.state, made.refusal]).toEqual(['refused', 'This stream key is not valid.']);
    expect(requests.length).toBe(1);
  });

  it('tries again while another encoder still has the show', async () => {
    answers = [new Response('{}', { status: 409 }), created(1)];
    const made = publisher();
    made.start(STREAM, 2500);
    await settle(600);
    expect(requests.filter(({ method }) => method === 'POST').length).toBe(2);
    expect(made.state).not.toBe('refused');
  });

  it('leaves nothing behind when it is stopped during the request', async () => {
    answers = [created(1)];
    const made = publisher();
    made.start(STREAM, 2500);
    made.stop();
    await settle();
    expect(requests.at(-1)).toMatchObject({ url: '/whip/show/1', method: 'DELETE' });
    expect(made.state).toBe('off');
  });
});
