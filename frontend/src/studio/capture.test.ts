import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Capture } from './capture.ts';

class FakeTrack extends EventTarget {
  readyState = 'live';
  enabled = true;
  readonly kind: string;
  readonly name: string;
  constructor(kind: string, name: string) {
    super();
    this.kind = kind;
    this.name = name;
  }
  stop() {
    this.readyState = 'ended';
  }
  end() {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(tracks: FakeTrack[]) {
    this.tracks = tracks;
  }
  getTracks() {
    return this.tracks;
  }
  getVideoTracks() {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
  getAudioTracks() {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }
}

beforeEach(() => {
  vi.stubGlobal('MediaStream', FakeStream);
  const mediaDevices = {
    getUserMedia: () => Promise.resolve(new FakeStream([new FakeTrack('video', 'camera'), new FakeTrack('audio', 'microphone')])),
    getDisplayMedia: () => Promise.resolve(new FakeStream([new FakeTrack('video', 'screen')])),
    enumerateDevices: () => Promise.resolve([]),
  };
  vi.stubGlobal('navigator', { mediaDevices });
});

afterEach(() => vi.unstubAllGlobals());

function tracks(capture: Capture): FakeTrack[] {
  return (capture.stream as unknown as FakeStream).tracks;
}

test('a microphone that is pulled out while the screen is shared puts no camera on air', async () => {
  const capture = new Capture(() => undefined);
  await capture.open();
  await capture.share();
  const [screen, microphone] = tracks(capture);
  microphone?.end();
  await vi.waitFor(() => expect(tracks(capture)[1]).not.toBe(microphone));
  expect(tracks(capture).map(({ name, readyState }) => [name, readyState])).toEqual([['screen', 'live'], ['microphone', 'live']]);
  expect([tracks(capture)[0] === screen, capture.isSharing]).toEqual([true, true]);
  await capture.unshare();
  expect([tracks(capture).map(({ name }) => name), capture.isSharing]).toEqual([['camera', 'microphone'], false]);
  expect(screen?.readyState).toBe('ended');
});
