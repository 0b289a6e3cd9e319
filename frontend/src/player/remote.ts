/**
 * Playing on another device: AirPlay in Safari, a cast device by the Remote Playback API elsewhere. Browsers do it for video
 * that they play by themselves; with Media Source Extensions they do not, and then there is no device to be found.
 */

interface TargetEvent extends Event {
  availability?: 'available' | 'not-available';
}

/** Safari's own names. */
export type RemoteVideo = Pick<HTMLVideoElement, 'addEventListener' | 'disableRemotePlayback'> & {
  remote?: Pick<RemotePlayback, 'watchAvailability' | 'prompt'>;
  webkitShowPlaybackTargetPicker?: () => void;
};

export class RemoteDevices {
  /** There is a device to play on. */
  isAvailable = false;
  readonly #video: RemoteVideo;

  constructor(video: RemoteVideo, onChange: () => void, signal: AbortSignal) {
    this.#video = video;
    const found = (isAvailable: boolean) => {
      if (signal.aborted || isAvailable === this.isAvailable) return;
      this.isAvailable = isAvailable;
      onChange();
    };
    if (video.webkitShowPlaybackTargetPicker) {
      const onTarget = (event: Event) => found((event as TargetEvent).availability === 'available');
      video.addEventListener('webkitplaybacktargetavailabilitychanged', onTarget, { signal });
    } else if (video.remote && !video.disableRemotePlayback) {
      video.remote.watchAvailability(found).catch(() => undefined); // this browser cannot look for devices
    }
  }

  /** Let the viewer choose a device. Whoever closes the dialog stays here. */
  choose(): void {
    if (this.#video.webkitShowPlaybackTargetPicker) this.#video.webkitShowPlaybackTargetPicker();
    else void this.#video.remote?.prompt().catch(() => undefined);
  }
}
