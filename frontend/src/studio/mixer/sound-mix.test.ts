import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SoundMix } from './sound-mix.ts';

let hasGesture = false;
const played: FakeElement[] = [];

class FakeNode {
  readonly gain = { value: 1 };
  readonly stream = { getAudioTracks: () => [{}] };
  connect(next: unknown) {
    return next;
  }
  disconnect() {
    return undefined;
  }
}

class FakeContext {
  state = 'suspended';
  createMediaStreamDestination = () => new FakeNode();
  createMediaStreamSource = () => new FakeNode();
  createGain = () => new FakeNode();
  resume() {
    if (hasGesture) this.state = 'running';
    return Promise.resolve();
  }
}

class FakeElement {
  srcObject: unknown = null;
  paused = true;
  play() {
    if (!hasGesture) return Promise.reject(new Error('NotAllowedError'));
    this.paused = false;
    played.push(this);
    return Promise.resolve();
  }
}

beforeEach(() => {
  hasGesture = false;
  played.length = 0;
  for (const [name, fake] of Object.entries({ AudioContext: FakeContext, Audio: FakeElement, MediaStream: FakeNode })) vi.stubGlobal(name, fake);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it('plays guests who came before the first click from that click on, and each of them once', async () => {
  const mix = new SoundMix();
  mix.feed('host', {} as MediaStreamTrack, false);
  mix.feed('ada', {} as MediaStreamTrack, true);
  await mix.resume();
  expect(played).toEqual([]);
  hasGesture = true;
  await mix.resume();
  await mix.resume();
  expect(played).toHaveLength(1);
  expect(played[0]?.srcObject).not.toBeNull();
});
