/**
 * What the host's device gives: camera and microphone, a second camera, and a screen. No elements here.
 */
import { canBlur, isBlurred, setBlurred } from './background-blur.ts';

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

export interface Wants {
  /** A camera for details needs no microphone. */
  readonly hasSound?: boolean;
  /** A phone's camera that looks away from its holder. */
  readonly isRear?: boolean;
}

export class Capture {
  /** Camera and microphone. */
  stream: MediaStream | null = null;
  /** The shared screen. */
  screen: MediaStream | null = null;
  /** A second camera of this device. */
  closeUp: MediaStream | null = null;
  fault: CaptureFault = '';
  quality: Quality = '720';
  isMuted = false;
  cameras: readonly MediaDeviceInfo[] = [];
  microphones: readonly MediaDeviceInfo[] = [];
  #camera = '';
  #microphone = '';
  #wantsBlur = false;
  readonly #changed: () => void;
  readonly #wants: Wants;

  /** `changed`: other tracks, other devices, or a screen that is shared no more. */
  constructor(changed: () => void, wants: Wants = {}) {
    this.#changed = changed;
    this.#wants = wants;
  }

  get camera(): string {
    return this.#cameraTrack?.getSettings().deviceId ?? this.#camera;
  }

  get microphone(): string {
    return this.stream?.getAudioTracks()[0]?.getSettings().deviceId ?? this.#microphone;
  }

  get closeUpCamera(): string {
    return this.closeUp?.getVideoTracks()[0]?.getSettings().deviceId ?? '';
  }

  /** The camera's picture; `null` without one. */
  get picture(): { width: number; height: number; fps: number } | null {
    const track = this.#cameraTrack;
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
      stop(this.stream);
      this.stream = opened;
      this.fault = '';
      this.#watch();
      if (this.#wantsBlur) await setBlurred(this.#cameraTrack, true);
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

  async share(): Promise<void> {
    try {
      this.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 } });
    } catch {
      return; // the host has thought better of it
    }
    this.screen.getVideoTracks()[0]?.addEventListener('ended', () => this.unshare());
    this.#changed();
  }

  unshare(): void {
    stop(this.screen);
    this.screen = null;
    this.#changed();
  }

  /** Opens a second camera; the empty id closes it. Return whether it could be opened. */
  async chooseCloseUp(id: string): Promise<boolean> {
    stop(this.closeUp);
    this.closeUp = null;
    if (id) this.closeUp = await navigator.mediaDevices.getUserMedia({ video: this.#picture(id) }).catch(() => null);
    const opened = this.closeUp;
    opened?.getVideoTracks()[0]?.addEventListener('ended', () => {
      if (this.closeUp === opened) void this.chooseCloseUp('');
    });
    this.#changed();
    return !id || opened !== null;
  }

  get canBlur(): boolean {
    return canBlur(this.#cameraTrack);
  }

  get isBlurred(): boolean {
    return isBlurred(this.#cameraTrack);
  }

  /** Blurs what stands behind the host, also with the next camera that can. Return whether this one does it. */
  async setBlurred(isWanted: boolean): Promise<boolean> {
    this.#wantsBlur = isWanted;
    const isDone = await setBlurred(this.#cameraTrack, isWanted);
    this.#changed();
    return isDone;
  }

  close(): void {
    for (const stream of [this.stream, this.screen, this.closeUp]) stop(stream);
    this.stream = this.screen = this.closeUp = null;
  }

  get #cameraTrack(): MediaStreamTrack | null {
    return this.stream?.getVideoTracks()[0] ?? null;
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
    const { hasSound = true, isRear = false } = this.#wants;
    const microphone = this.#microphone ? { deviceId: { exact: this.#microphone } } : {};
    const facing = isRear && !this.#camera ? { facingMode: { ideal: 'environment' } } : {};
    return {
      video: { ...this.#picture(this.#camera), ...facing },
      audio: hasSound && { ...microphone, noiseSuppression: true, echoCancellation: true, autoGainControl: true },
    };
  }

  #picture(id: string): MediaTrackConstraints {
    const { width, height } = QUALITIES[this.quality];
    return { ...(id ? { deviceId: { exact: id } } : {}), width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } };
  }

  async #list(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.cameras = devices.filter((one) => one.kind === 'videoinput');
    this.microphones = devices.filter((one) => one.kind === 'audioinput');
  }
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function faultOf(error: unknown): CaptureFault {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'refused';
}
