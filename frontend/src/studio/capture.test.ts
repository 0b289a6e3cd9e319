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
    getUserMedia: ({ audio }: MediaStreamConstraints) =>
      Promise.resolve(new FakeStream([new FakeTrack('video', 'camera'), ...(audio ? [new FakeTrack('audio', 'microphone')] : [])])),
    getDisplayMedia: () => Promise.resolve(new FakeStream([new FakeTrack('video', 'screen')])),
    enumerateDevices: () => Promise.resolve([]),
  };
  vi.stubGlobal('navigator', { mediaDevices });
});

afterEach(() => vi.unstubAllGlobals());

function tracks(stream: MediaStream | null): FakeTrack[] {
  return (stream as unknown as FakeStream | null)?.tracks ?? [];
}

test('a microphone that is pulled out is opened again, and the shared screen goes on', async () => {
  const capture = new Capture(() => undefined);
  await capture.open();
  await capture.share();
  const [camera, microphone] = tracks(capture.stream);
  const [screen] = tracks(capture.screen);
  microphone?.end();
  await vi.waitFor(() => expect(tracks(capture.stream)[1]).not.toBe(microphone));
  expect(tracks(capture.stream).map(({ name, readyState }) => [name, readyState])).toEqual([['camera', 'live'], ['microphone', 'live']]);
  expect([camera?.readyState, screen?.readyState]).toEqual(['ended', 'live']);
  screen?.end(); // the browser's own button ends the sharing
  expect(capture.screen).toBeNull();
});

test('a second camera comes without sound, and goes when it is pulled out', async () => {
  const capture = new Capture(() => undefined);
  await capture.open();
  expect(await capture.chooseCloseUp('other')).toBe(true);
  const [second, ...others] = tracks(capture.closeUp);
  expect([second?.kind, others.length]).toEqual(['video', 0]);
  second?.end();
  await vi.waitFor(() => expect(capture.closeUp).toBeNull());
  expect(tracks(capture.stream).map(({ readyState }) => readyState)).toEqual(['live', 'live']);
});

test('a camera blurs only where it lets the page choose, and says whether it did', async () => {
  const capture = new Capture(() => undefined);
  await capture.open();
  const [camera] = tracks(capture.stream);
  expect([capture.canBlur, await capture.setBlurred(true)]).toEqual([false, false]);
  let settings: object = {};
  Object.assign(camera!, {
    getCapabilities: () => ({ backgroundBlur: [false, true] }),
    getConstraints: () => ({ width: { ideal: 1280 } }),
    getSettings: () => settings,
    applyConstraints: (wanted: MediaTrackConstraints & { backgroundBlur: { exact: boolean } }) => {
      expect(wanted.width).toEqual({ ideal: 1280 });
      settings = { backgroundBlur: wanted.backgroundBlur.exact };
      return Promise.resolve();
    },
  });
  expect([capture.canBlur, await capture.setBlurred(true), capture.isBlurred]).toEqual([true, true, true]);
  expect([await capture.setBlurred(false), capture.isBlurred]).toEqual([true, false]);
});
