/**
 * Publishes a camera's stream by WHIP (RFC 9725), and publishes again by itself when the connection is lost.
 * No elements here; the view reads `state`, and `figures` once a second.
 */
export type SendState = 'off' | 'connecting' | 'sending' | 'reconnecting' | 'refused';

export interface WhipTarget {
  /** The show's address, on this site. */
  readonly url: string;
  readonly key: string;
  readonly iceServers: readonly RTCIceServer[];
}

export interface Figures {
  readonly kbps: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** The share of lost packets; 0.02 is 2 %. */
  readonly loss: number;
  readonly roundTripMs: number | null;
  /** The browser sends less than it was asked to: its processor or its line is the reason. */
  readonly limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other';
}

export interface PublisherHooks {
  changed: () => void;
}

const FIGURES_MS = 1000;
/** `disconnected` often mends itself. */
const MENDS_WITHIN_MS = 4000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
const REQUEST_MS = 12_000;
/** Statuses that another try does not change. */
const FINAL = new Set([400, 401, 403, 404, 406, 415, 422]);

export class Publisher {
  state: SendState = 'off';
  /** The server's sentence of a refusal. */
  refusal = '';
  figures: Figures | null = null;
  readonly #target: WhipTarget;
  readonly #hooks: PublisherHooks;
  #stream: MediaStream | null = null;
  #kbps = 2500;
  #connection: RTCPeerConnection | null = null;
  #session: string | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: ReturnType<typeof setInterval> | undefined;
  #last: { readonly bytes: number; readonly at: number } | null = null;

  constructor(target: WhipTarget, hooks: PublisherHooks) {
    this.#target = target;
    this.#hooks = hooks;
  }

  get isOn(): boolean {
    return this.state !== 'off' && this.state !== 'refused';
  }

  start(stream: MediaStream, kbps: number): void {
    this.#stream = stream;
    this.#kbps = kbps;
    this.#tries = 0;
    this.#become('connecting');
    this.#reading = setInterval(() => void this.#read(), FIGURES_MS);
    void this.#connect();
  }

  /** Ends it at the host's word. */
  stop(): void {
    clearInterval(this.#reading);
    this.#drop();
    this.figures = null;
    this.#become('off');
  }

  /** The network is back: do not sit out the wait. */
  wake(): void {
    if (this.state !== 'reconnecting') return;
    this.#drop(); // a try that is under way goes by the network that was
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const connection = new RTCPeerConnection({ iceServers: [...this.#target.iceServers], bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    connection.addEventListener('connectionstatechange', () => this.#follow(connection));
    try {
      const answer = await this.#offer(connection);
      if (this.#connection !== connection) return;
      await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      if (this.#connection !== connection) return;
      if (error instanceof Refusal) this.#refuse(error.message);
      else this.#again();
    }
  }

  async #offer(connection: RTCPeerConnection): Promise<string> {
    for (const track of this.#stream?.getTracks() ?? []) await addTrack(connection, track, this.#kbps);
    await connection.setLocalDescription();
    const response = await post(this.#target, connection.localDescription?.sdp ?? '');
    const session = response.headers.get('Location');
    if (this.#connection === connection) this.#session = session;
    else if (session) void fetch(session, { method: 'DELETE', keepalive: true });
    return response.text();
  }

  #follow(connection: RTCPeerConnection): void {
    if (this.#connection !== connection) return;
    clearTimeout(this.#timer);
    switch (connection.connectionState) {
      case 'connected':
        this.#tries = 0;
        this.#become('sending');
        break;
      case 'disconnected':
        this.#timer = setTimeout(() => this.#again(), MENDS_WITHIN_MS);
        break;
      case 'failed':
      case 'closed':
        this.#again();
        break;
      default:
    }
  }

  /** Connects again after a pause. The server lets the old session go as soon as it is told, or silent. */
  #again(): void {
    this.#drop();
    this.#become('reconnecting');
    const pause = PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)] ?? 0;
    this.#tries += 1;
    this.#timer = setTimeout(() => void this.#connect(), pause);
  }

  #refuse(words: string): void {
    clearInterval(this.#reading);
    this.#drop();
    this.refusal = words;
    this.#become('refused');
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const [connection, session] = [this.#connection, this.#session];
    this.#connection = this.#session = this.#last = null;
    connection?.close();
    if (session) void fetch(session, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  }

  #become(state: SendState): void {
    this.state = state;
    if (state !== 'refused') this.refusal = '';
    this.#hooks.changed();
  }

  async #read(): Promise<void> {
    const connection = this.#connection;
    if (!connection || this.state !== 'sending') return;
    const report = await connection.getStats();
    if (connection !== this.#connection) return;
    const figures = figuresOf(report, (bytes, at) => this.#rate(bytes, at));
    if (!figures) return;
    this.figures = figures;
    this.#hooks.changed();
  }

  #rate(bytes: number, at: number): number {
    const before = this.#last;
    this.#last = { bytes, at };
    return before && at > before.at ? Math.round(((bytes - before.bytes) * 8) / (at - before.at)) : 0;
  }
}

/** The server will not take it, now or later. */
class Refusal extends Error {}

interface Stat {
  readonly type: string;
  readonly kind?: string;
  readonly timestamp: number;
  readonly bytesSent?: number;
  readonly framesPerSecond?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly fractionLost?: number;
  readonly roundTripTime?: number;
  readonly qualityLimitationReason?: Figures['limitedBy'];
}

function figuresOf(report: RTCStatsReport, rate: (bytes: number, at: number) => number): Figures | null {
  const all = [...(report as unknown as ReadonlyMap<string, Stat>).values()].filter(({ kind }) => kind === 'video');
  const sent = all.find(({ type }) => type === 'outbound-rtp');
  if (!sent) return null;
  const { bytesSent = 0, framesPerSecond = 0, frameWidth = 0, frameHeight = 0, qualityLimitationReason = 'none' } = sent;
  const { fractionLost = 0, roundTripTime } = all.find(({ type }) => type === 'remote-inbound-rtp') ?? {};
  return {
    kbps: rate(bytesSent, sent.timestamp),
    fps: Math.round(framesPerSecond),
    width: frameWidth,
    height: frameHeight,
    loss: fractionLost,
    roundTripMs: roundTripTime === undefined ? null : Math.round(roundTripTime * 1000),
    limitedBy: qualityLimitationReason,
  };
}

async function addTrack(connection: RTCPeerConnection, track: MediaStreamTrack, kbps: number): Promise<void> {
  const isPicture = track.kind === 'video';
  const sendEncodings = isPicture ? [{ maxBitrate: kbps * 1000 }] : [];
  const { sender } = connection.addTransceiver(track, { direction: 'sendonly', sendEncodings });
  if (isPicture) await keepSize(sender);
}

/** Posts the offer; the answer is good, or this throws. */
async function post(target: WhipTarget, offer: string): Promise<Response> {
  const response = await fetch(target.url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${target.key}`, 'Content-Type': 'application/sdp' },
    body: offer,
    signal: AbortSignal.timeout(REQUEST_MS),
  });
  if (response.status === 201) return response;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  if (FINAL.has(response.status)) throw new Refusal(detail ?? String(response.status));
  throw new Error(detail);
}

/** A product's details matter more than smooth motion, and viewers keep one size: fewer frames, not fewer pixels. */
async function keepSize(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string };
  parameters.degradationPreference = 'maintain-resolution';
  await sender.setParameters(parameters).catch(() => undefined); // an older browser chooses by itself
}
