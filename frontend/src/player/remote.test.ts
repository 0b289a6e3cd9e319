import { describe, expect, it } from 'vitest';
import { RemoteDevices, type RemoteVideo } from './remote.ts';

class FakeVideo extends EventTarget {
  disableRemotePlayback = false;
  found: ((isAvailable: boolean) => void) | null = null;
  shown = 0;
}

function watched(video: FakeVideo, more: object) {
  const told: boolean[] = [];
  const stop = new AbortController();
  const devices: RemoteDevices = new RemoteDevices(Object.assign(video, more) as unknown as RemoteVideo, () => told.push(devices.isAvailable), stop.signal);
  return { devices, told, stop };
}

describe('devices to play on', () => {
  it('are told by Safari, and chosen in its picker', () => {
    const video = new FakeVideo();
    const { devices, told, stop } = watched(video, { webkitShowPlaybackTargetPicker: () => (video.shown += 1) });
    const tell = (availability: string) => video.dispatchEvent(Object.assign(new Event('webkitplaybacktargetavailabilitychanged'), { availability }));
    for (const availability of ['not-available', 'available', 'available', 'not-available']) tell(availability);
    expect(told).toEqual([true, false]);
    devices.choose();
    stop.abort();
    tell('available');
    expect([video.shown, told.length]).toEqual([1, 2]);
  });

  it('are told by the Remote Playback API, where the picture may leave the page', () => {
    const video = new FakeVideo();
    const remote = {
      watchAvailability: (found: (isAvailable: boolean) => void) => {
        video.found = found;
        return Promise.resolve(1);
      },
      prompt: () => Promise.reject(new Error('closed')).finally(() => (video.shown += 1)),
    };
    const { devices, told } = watched(video, { remote });
    video.found?.(true);
    devices.choose();
    expect([told, devices.isAvailable]).toEqual([[true], true]);
    const other = new FakeVideo();
    other.disableRemotePlayback = true;
    watched(other, { remote: { ...remote, watchAvailability: () => Promise.reject(new Error('asked')) } });
    expect(other.found).toBeNull();
  });
});
