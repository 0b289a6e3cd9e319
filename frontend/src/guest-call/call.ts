/**
 * One connection between the host's browser and a guest's: a picture and a sound each way. The host offers; a call
 * that is lost is never mended, the host makes another one. No elements here.
 */
import { newKey } from '../api/client.ts';
import type { Signal } from './signals.ts';

export type CallState = 'connecting' | 'connected' | 'lost';

export interface CallHooks {
  say: (signal: Signal) => void;
  changed: () => void;
}

export interface Sending {
  readonly maxBitrate: number;
  readonly scaleResolutionDownBy?: number;
}

/** The line as a person is told of it. */
export interface Line {
  readonly roundTripMs: number;
  /** 0.02 is 2 %. */
  readonly loss: number;
  /** The browser sends a smaller picture than it was asked to, because the line carries no more. */
  readonly isNarrow: boolean;
}

const GATHER_MS = 60;
const CANDIDATES_MAX = 20; // in one signal
const EARLY_MAX = 100;

export class Call {
  readonly id: string;
  readonly remote = new MediaStream();
  state: CallState = 'connecting';
  readonly #connection: RTCPeerConnection;
  readonly #hooks: CallHooks;
  readonly #sending: Sending;
  readonly #own: { audio: MediaStreamTrack | null; video: MediaStreamTrack | null } = { audio: null, video: null };
  #found: RTCIceCandidateInit[] = [];
  #early: RTCIceCandidateInit[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(iceServers: readonly RTCIceServer[], sending: Sending, hooks: CallHooks, id = newKey()) {
    this.id = id;
    this.#hooks = hooks;
    this.#sending = sending;
    this.#connection = new RTCPeerConnection({ iceServers: [...iceServers], bundlePolicy: 'max-bundle' });
    this.#connection.addEventListener('connectionstatechange', () => this.#follow());
    this.#connection.addEventListener('icecandidate', ({ candidate }) => this.#gather(candidate));
    this.#connection.addEventListener('track', ({ track }) => {
      this.remote.addTrack(track);
      this.#hooks.changed();
    });
  }

  /** The host's side. */
  async offer(): Promise<void> {
    const connection = this.#connection;
    for (const kind of ['audio', 'video'] as const) connection.addTransceiver(kind, { direction: 'sendrecv' });
    await connection.setLocalDescription();
    this.#hooks.say({ call: this.id, kind: 'offer', sdp: connection.localDescription?.sdp ?? '' });
    await this.#give();
  }

  /** Takes a signal of this call. */
  async take(signal: Signal): Promise<void> {
    if (signal.kind === 'offer') await this.#answer(signal.sdp);
    else if (signal.kind === 'answer') await this.#described({ type: 'answer', sdp: signal.sdp });
    else if (signal.kind === 'candidates') for (const one of signal.candidates) await this.#reach(one);
  }

  /** What goes to the other side; `null` sends nothing. */
  async send(kind: 'audio' | 'video', track: MediaStreamTrack | null): Promise<void> {
    if (this.#own[kind] === track) return;
    this.#own[kind] = track;
    await this.#give();
  }

  async line(): Promise<Line | null> {
    const report = (await this.#connection.getStats()) as unknown as ReadonlyMap<string, Readonly<Record<string, unknown>>>;
    const all = [...report.values()];
    const pair = all.find((one) => one['type'] === 'candidate-pair' && one['nominated'] === true);
    if (typeof pair?.['currentRoundTripTime'] !== 'number') return null;
    const losses = all.filter((one) => one['type'] === 'remote-inbound-rtp').map((one) => Number(one['fractionLost'] ?? 0));
    const isNarrow = all.some((one) => one['type'] === 'outbound-rtp' && one['qualityLimitationReason'] === 'bandwidth');
    return {
      roundTripMs: Math.round(pair['currentRoundTripTime'] * 1000),
      loss: Math.max(0, ...losses),
      isNarrow,
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  /** What the other side says cannot be used. */
  fail(): void {
    this.close();
    this.state = 'lost';
    this.#hooks.changed();
  }

  async #answer(sdp: string): Promise<void> {
    await this.#described({ type: 'offer', sdp });
    for (const one of this.#connection.getTransceivers()) one.direction = 'sendrecv';
    await this.#give();
    await this.#connection.setLocalDescription();
    this.#hooks.say({ call: this.id, kind: 'answer', sdp: this.#connection.localDescription?.sdp ?? '' });
  }

  async #described(description: RTCSessionDescriptionInit): Promise<void> {
    await this.#connection.setRemoteDescription(description);
    const early = this.#early;
    this.#early = [];
    for (const one of early) await this.#reach(one);
  }

  async #reach(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.#connection.remoteDescription) await this.#connection.addIceCandidate(candidate).catch(() => undefined);
    else if (this.#early.length < EARLY_MAX) this.#early.push(candidate);
  }

  /** Puts the tracks of now into their senders. */
  async #give(): Promise<void> {
    for (const { sender, receiver } of this.#connection.getTransceivers()) {
      const { kind } = receiver.track;
      if (this.#connection.signalingState === 'closed') return;
      await sender.replaceTrack(kind === 'audio' ? this.#own.audio : this.#own.video);
      if (kind === 'video') await limit(sender, this.#sending);
    }
  }

  #gather(candidate: RTCIceCandidate | null): void {
    if (!candidate) return;
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
    this.#found.push({ candidate: text, sdpMid, sdpMLineIndex });
    if (this.#found.length >= CANDIDATES_MAX) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const candidates = this.#found;
    this.#found = [];
    if (candidates.length) this.#hooks.say({ call: this.id, kind: 'candidates', candidates });
  }

  #follow(): void {
    const { connectionState } = this.#connection;
    const before = this.state;
    if (connectionState === 'connected') this.state = 'connected';
    else if (connectionState === 'disconnected' || connectionState === 'failed' || connectionState === 'closed') this.state = 'lost';
    if (this.state !== before) this.#hooks.changed();
  }
}

/** Bounds what a sender takes of the line; before the first description there is nothing to bound. */
async function limit(sender: RTCRtpSender, { maxBitrate, scaleResolutionDownBy = 1 }: Sending): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding || encoding.maxBitrate === maxBitrate) return;
  encoding.maxBitrate = maxBitrate;
  encoding.scaleResolutionDownBy = scaleResolutionDownBy;
  await sender.setParameters(parameters).catch(() => undefined); // an older browser chooses by itself
}
