/**
 * The host's camera, microphone and screen. `stream` always holds the tracks that are sent. No elements here.
 */
export type Quality = '1080' | '720' | '480';

export interface QualityFacts {
  readonly width: number;
  readonly height: number;
  readonly kbps: number;
}

export const QUALITIES: Readonly<Record<Quality, QualityFacts>> = {
  '1080': { width: 1920, height: 1080, kbps: 4500 },
  '720': { width: 1280, height: 720, kbps: 2500 },
  '480': { width: 854, height: 480, kbps: 1200 },
};

export type CaptureFault = '' | 'insecure' | 'refused' | 'missing' | 'busy';

export class Capture {
  stream: MediaStream | null = null;
  fault: CaptureFault = '';
  quality: Quality = '720';
  isMuted = false;
  cameras: readonly MediaDeviceInfo[] = [];
  microphones: readonly MediaDeviceInfo[] = [];
  #camera = '';
  #microphone = '';
  #screen: MediaStream | null = null;
  readonly #changed: () => void;

  /** `changed`: other tracks, other devices, or a screen that is shared no more. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isSharing(): boolean {
    return this.#screen !== null;
  }

  get camera(): string {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? this.#camera;
  }

  get microphone(): string {
    return this.stream?.getAudioTracks()[0]?.getSettings().deviceId ?? this.#microphone;
  }

  /** The picture that is sent; `null` without one. */
  get picture(): { width: number; height: number; fps: number } | null {
    const track = this.stream?.getVideoTracks()[0];
    if (track?.readyState !== 'live') return null;
    const { width = 0, height = 0, frameRate = 0 } = track.getSettings();
    return width && height ? { width, height, fps: frameRate } : null;
  }

  /** Opens camera and microphone; `fault` says why not. */
  async open(): Promise<void> {
    if (!('mediaDevices' in navigator)) {
      this.fault = 'insecure'; // browsers give cameras to https and to localhost alone
      this.#changed();
      return;
    }
    try {
      const opened = await navigator.mediaDevices.getUserMedia(this.#wanted());
      this.#take(opened);
      this.fault = '';
      this.#watch();
    } catch (error) {
      this.fault = faultOf(error);
    }
    this.#mute();
    await this.#list();
    this.#changed();
  }

  async choose(kind: 'camera' | 'microphone', id: string): Promise<void> {
    if (kind === 'camera') this.#camera = id;
    else this.#microphone = id;
    await this.open();
  }

  async setQuality(quality: Quality): Promise<void> {
    this.quality = quality;
    await this.open();
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
    this.#mute();
    this.#changed();
  }

  /** Shows the screen in place of the camera; the sound stays the microphone's. */
  async share(): Promise<void> {
    try {
      this.#screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 } });
    } catch {
      return; // the host has thought better of it
    }
    const [track] = this.#screen.getVideoTracks();
    track?.addEventListener('ended', () => void this.unshare());
    if (track) this.#setPicture(track);
  }

  async unshare(): Promise<void> {
    for (const track of this.#screen?.getTracks() ?? []) track.stop();
    this.#screen = null;
    await this.open();
  }

  close(): void {
    for (const stream of [this.stream, this.#screen]) for (const track of stream?.getTracks() ?? []) track.stop();
    this.stream = this.#screen = null;
  }

  /** A shared screen stays in the picture: the camera never goes on air by itself. */
  #take(opened: MediaStream): void {
    const [screen] = this.#screen?.getVideoTracks() ?? [];
    for (const track of this.stream?.getTracks() ?? []) if (track !== screen) track.stop();
    if (screen) for (const track of opened.getVideoTracks()) track.stop();
    this.stream = screen ? new MediaStream([screen, ...opened.getAudioTracks()]) : opened;
  }

  #setPicture(track: MediaStreamTrack): void {
    for (const old of this.stream?.getVideoTracks() ?? []) old.stop();
    this.stream = new MediaStream([track, ...(this.stream?.getAudioTracks() ?? [])]);
    this.#changed();
  }

  /** A camera that is pulled out, or taken by a call, ends. */
  #watch(): void {
    for (const track of this.stream?.getTracks() ?? []) {
      track.addEventListener('ended', () => {
        if (this.stream?.getTracks().includes(track)) void this.open();
      });
    }
  }

  #mute(): void {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !this.isMuted;
  }

  #wanted(): MediaStreamConstraints {
    const { width, height } = QUALITIES[this.quality];
    const exact = (id: string): object => (id ? { deviceId: { exact: id } } : {});
    return {
      video: { ...exact(this.#camera), width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } },
      audio: { ...exact(this.#microphone), noiseSuppression: true, echoCancellation: true, autoGainControl: true },
    };
  }

  async #list(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.cameras = devices.filter((one) => one.kind === 'videoinput');
    this.microphones = devices.filter((one) => one.kind === 'audioinput');
  }
}

function faultOf(error: unknown): CaptureFault {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'refused';
}
