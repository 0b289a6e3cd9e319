/**
 * The guest's side: she comes in by her link, waits, is called by the host, and leaves. No elements here; the view reads
 * the fields.
 */
import type { OwnView } from '../api/schema.ts';
import { ApiError, Api } from '../api/client.ts';
import { Call, type Line } from '../guest-call/call.ts';
import type { GuestRole, GuestState, Signal, StageFrame } from '../guest-call/signals.ts';
import { StageSocket } from '../guest-call/stage-socket.ts';

export type GuestFacts = Omit<OwnView, 'role' | 'state'> & { role: GuestRole; state: GuestState };

/** What the server told the page. */
export interface StageData {
  readonly key: string;
  readonly slug: string;
  readonly title: string;
  readonly brand: string;
  readonly guest: GuestFacts;
  readonly consent: { readonly version: string; readonly words: readonly string[] };
  /** Why the link opens nothing, in words; empty while it does. */
  readonly problem: string;
  readonly iceServers: readonly RTCIceServer[];
}

export type Place = 'door' | 'inside' | 'left' | 'removed' | 'taken';

const SENDING = { maxBitrate: 2_500_000 };
const LINE_EVERY_MS = 2000;
/** A host who is there calls at once; without a call the page comes in anew. */
const CALLED_WITHIN_MS = 15_000;
/** After so many calls that did not come about, the page says what may be in the way. */
const CALLS_FAILED = 2;

export class Seat {
  place: Place = 'door';
  state: GuestState;
  isHostHere = false;
  line: Line | null = null;
  /** The show as the host sends it back. */
  call: Call | null = null;
  readonly #data: StageData;
  readonly #changed: () => void;
  readonly #socket: StageSocket;
  readonly #api: Api;
  #own: MediaStream | null = null;
  #isMuted = false;
  #failed = 0;
  #calledAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(data: StageData, language: string, changed: () => void) {
    this.#data = data;
    this.#changed = changed;
    this.state = data.guest.state;
    this.#api = new Api({ language, fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...this.#bearer } }) });
    this.#socket = new StageSocket(data.slug, {
      hello: () => Promise.resolve({ seat: this.#key }),
      heard: (frame) => void this.#heard(frame),
      changed: () => this.#moved(),
    });
  }

  /** Whether this browser was inside before: a page that is loaded again goes on by itself. */
  get wasInside(): boolean {
    return this.#key !== '' && (this.state === 'green-room' || this.state === 'on-stage');
  }

  get isLost(): boolean {
    return this.#socket.state === 'lost' || this.call?.state === 'lost';
  }

  get isConnected(): boolean {
    return this.call?.state === 'connected';
  }

  get hasFailed(): boolean {
    return this.#failed >= CALLS_FAILED;
  }

  /** Comes in with the camera that is open; throws `ApiError`. */
  async enter(consent: string): Promise<void> {
    const body = { key: this.#data.key, seat: this.#key, consent };
    const entry = await this.#api.request<{ seat: string; guest: GuestFacts }>('/stage/entries', { method: 'POST', body });
    localStorage.setItem(this.#memory, entry.seat);
    this.state = entry.guest.state;
    this.place = 'inside';
    this.#calledAt = Date.now();
    this.#timer ??= setInterval(() => void this.#look(), LINE_EVERY_MS);
    this.#socket.open();
    this.#changed();
  }

  async leave(): Promise<void> {
    this.#end('left');
    await this.#seatRequest('DELETE').catch(() => undefined); // the server sees by itself that the page has gone
  }

  /** The camera and microphone of now. */
  use(own: MediaStream | null, isMuted: boolean): void {
    this.#own = own;
    if (isMuted !== this.#isMuted) {
      this.#isMuted = isMuted;
      this.#tellMuted();
    }
    void this.call?.send('video', own?.getVideoTracks()[0] ?? null);
    void this.call?.send('audio', own?.getAudioTracks()[0] ?? null);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#socket.close();
    this.call?.close();
    this.call = null;
  }

  async #heard(frame: StageFrame): Promise<void> {
    if (frame.type === 'studio') {
      this.isHostHere = frame.here;
      this.#calledAt = Date.now();
    } else if (frame.type === 'signal') {
      await this.#signalled(frame.body);
    } else if (frame.type === 'changed' || frame.type === 'welcome') {
      await this.#ask();
    }
    this.#changed();
  }

  /** Each offer begins another call; what belongs to an older one is late. */
  async #signalled(signal: Signal): Promise<void> {
    if (signal.kind === 'offer') {
      if (this.call && this.call.state !== 'connected') this.#failed += 1;
      this.call?.close();
      const say = (body: Signal): void => this.#socket.say({ type: 'signal', body });
      this.call = new Call(this.#data.iceServers, SENDING, { say, changed: () => this.#called() }, signal.call);
      this.line = null;
      this.use(this.#own, this.#isMuted);
    }
    if (this.call?.id === signal.call) await this.call.take(signal).catch(() => undefined); // the host calls again
  }

  #called(): void {
    if (this.isConnected) {
      this.#failed = 0;
      this.#tellMuted();
    }
    this.#changed();
  }

  #tellMuted(): void {
    if (this.call) this.#socket.say({ type: 'signal', body: { call: this.call.id, kind: 'state', muted: this.#isMuted } });
  }

  async #look(): Promise<void> {
    const { call } = this;
    const isAlone = this.isHostHere && call?.state !== 'connected';
    if (!isAlone) this.#calledAt = Date.now();
    else if (Date.now() - this.#calledAt > CALLED_WITHIN_MS) {
      this.#calledAt = Date.now();
      this.#socket.again();
    }
    if (!call || !this.isConnected) return;
    this.line = await call.line();
    this.#changed();
  }

  #moved(): void {
    if (this.#socket.state === 'taken') this.#end('taken');
    else if (this.#socket.state === 'refused') void this.#refused();
    else if (this.#socket.state === 'lost') this.isHostHere = false;
    this.#changed();
  }

  /** She was removed, has left, or the show is over. */
  async #refused(): Promise<void> {
    await this.#ask();
    if (this.place === 'inside') this.#end('removed');
  }

  async #ask(): Promise<void> {
    try {
      const { state } = await this.#seatRequest('GET');
      this.state = state;
      if (state === 'left') this.#end('left');
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#end('removed');
    }
    this.#changed();
  }

  #end(place: Place): void {
    this.place = place;
    this.isHostHere = false;
    this.line = null;
    this.close();
    this.#changed();
  }

  #seatRequest(method: 'GET' | 'DELETE'): Promise<GuestFacts> {
    return this.#api.request<GuestFacts>('/stage/seat', { method });
  }

  get #bearer(): Record<string, string> {
    return this.#key ? { Authorization: `Bearer ${this.#key}` } : {};
  }

  get #key(): string {
    return localStorage.getItem(this.#memory) ?? '';
  }

  get #memory(): string {
    return `sf-seat:${this.#data.guest.id}`;
  }
}

/** The line in a word, from what a video call needs. */
export function levelOf({ roundTripMs, loss, isNarrow }: Line): 'good' | 'fair' | 'weak' {
  if (loss > 0.08 || roundTripMs > 600) return 'weak';
  return loss > 0.02 || roundTripMs > 250 || isNarrow ? 'fair' : 'good';
}
