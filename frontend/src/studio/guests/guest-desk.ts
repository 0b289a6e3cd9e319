/**
 * The host's side of her guests: who is invited, who waits, who is on stage, and a call with each of them. No elements
 * here; the view reads `guests`, and the mixer gets the pictures of those on stage.
 */
import type { GuestView, InvitationOut } from '../../api/schema.ts';
import { Call, type CallState } from '../../guest-call/call.ts';
import type { GuestRole, GuestState, Signal, StageFrame } from '../../guest-call/signals.ts';
import { StageSocket, type SocketState } from '../../guest-call/stage-socket.ts';
import type { Api } from '../../api/client.ts';
import type { SourceFacts } from '../mixer/index.ts';
import { MixMinus } from './mix-minus.ts';

export type GuestRow = Omit<GuestView, 'role' | 'state' | 'expires_at'> & { role: GuestRole; state: GuestState };
export type Invitation = Omit<InvitationOut, 'guest'> & { guest: GuestRow };

/** As much of the mixer as guests need. */
export interface GuestMixer {
  readonly output: MediaStream;
  add(id: string, stream: MediaStream, facts: SourceFacts): void;
  remove(id: string): void;
}

export interface DeskOptions {
  /** The show's address. */
  readonly slug: string;
  readonly api: Api;
  readonly iceServers: readonly RTCIceServer[];
  changed: () => void;
  /** Somebody has come into the green room. */
  arrived: (name: string) => void;
  token: () => Promise<string>;
  /** `null` while the stage is closed. */
  mixer: () => GuestMixer | null;
  /** The host's own microphone. */
  voice: () => MediaStreamTrack | null;
}

/** One guest with her line: `none` while her page is not there. */
export interface Guest extends GuestRow {
  readonly line: CallState | 'none';
  readonly isMuted: boolean;
  readonly isInPicture: boolean;
  /** Her picture and sound; `null` before the first call. */
  readonly stream: MediaStream | null;
}

interface Seat {
  readonly page: string;
  call: Call;
  isMuted: boolean;
  /** When the line was lost, Unix ms; 0 while it holds. */
  lostAt: number;
  madeAt: number;
}

const LOOK_EVERY_MS = 500;
/** A page that went, or a line that broke, often comes back by itself; its last picture stands so long. */
const OUT_OF_PICTURE_MS = 2500;
const CALL_AGAIN_MS = 4000;
const CONNECTS_WITHIN_MS = 12_000;
/** A guest sees the show small, and hears it well. */
const SENDING = { maxBitrate: 500_000, scaleResolutionDownBy: 2 };
const HOST = 'host';

export class GuestDesk {
  rows: readonly GuestRow[] = [];
  readonly #options: DeskOptions;
  readonly #socket: StageSocket;
  readonly #seats = new Map<string, Seat>();
  /** Pages that are there. */
  readonly #here = new Map<string, string>();
  readonly #mixed = new Set<string>();
  #sound: MixMinus | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#socket = new StageSocket(options.slug, {
      hello: async () => ({ token: await options.token() }),
      heard: (frame) => void this.#heard(frame),
      changed: () => this.#changed(),
    });
  }

  get state(): SocketState {
    return this.#socket.state;
  }

  get guests(): readonly Guest[] {
    return this.rows.map((row) => {
      const seat = this.#seats.get(row.id);
      const isMuted = seat?.isMuted ?? false;
      const line = seat?.lostAt ? 'lost' : (seat?.call.state ?? 'none');
      return { ...row, line, isMuted, stream: seat?.call.remote ?? null, isInPicture: this.#mixed.has(row.id) };
    });
  }

  /** How many wait to be let in. */
  get waiting(): number {
    return this.rows.filter(({ state }) => state === 'green-room').length;
  }

  /** Takes the guests to this page: from now on they are connected with it. */
  open(): void {
    sessionStorage.setItem(this.#memory, '1');
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#socket.open();
  }

  /** After a reload the guests come back to the page that had them. */
  reopen(): void {
    if (sessionStorage.getItem(this.#memory)) this.open();
    void this.refresh();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#socket.close();
    for (const id of [...this.#seats.keys()]) this.#hangUp(id);
    this.#here.clear();
    this.#sound?.close();
    this.#sound = null;
  }

  async refresh(): Promise<void> {
    const { people } = await this.#options.api.request<{ people: readonly GuestRow[] }>(this.#path()).catch(() => ({ people: this.rows }));
    const waited = new Set(this.rows.filter(({ state }) => state !== 'invited' && state !== 'left').map(({ id }) => id));
    this.rows = people;
    for (const { id, name, state } of people) if (state === 'green-room' && !waited.has(id)) this.#options.arrived(name);
    for (const id of [...this.#seats.keys()]) if (!this.#isInside(id)) this.#hangUp(id);
    for (const [id, page] of this.#here) this.#welcome(id, page);
    this.#changed();
  }

  async invite(role: GuestRole, name: string): Promise<Invitation> {
    const made = await this.#options.api.request<Invitation>(this.#path(), { method: 'POST', body: { role, name } });
    this.open();
    await this.refresh();
    return made;
  }

  async newLink(id: string): Promise<Invitation> {
    const made = await this.#options.api.request<Invitation>(this.#path(`/${id}/link`), { method: 'POST', body: {} });
    await this.refresh();
    return made;
  }

  async place(id: string, state: 'on-stage' | 'green-room'): Promise<void> {
    this.resume();
    await this.#options.api.request(this.#path(`/${id}`), { method: 'PUT', body: { state } });
    await this.refresh();
  }

  /** Browsers start a page's sound at a click: without it guests who were here before the page hear nobody. */
  resume(): void {
    void this.#sound?.resume();
  }

  async remove(id: string): Promise<void> {
    await this.#options.api.request(this.#path(`/${id}`), { method: 'DELETE' });
    await this.refresh();
  }

  // --- the socket

  async #heard(frame: StageFrame): Promise<void> {
    switch (frame.type) {
      case 'welcome':
      case 'changed':
        return this.refresh();
      case 'guest':
        this.#here.set(frame.id, frame.page);
        if (this.rows.some(({ id }) => id === frame.id)) this.#welcome(frame.id, frame.page);
        else await this.refresh();
        return;
      case 'gone':
        this.#here.delete(frame.id);
        return;
      case 'signal':
        return this.#signalled(frame.from ?? '', frame.body);
      default:
    }
  }

  async #signalled(from: string, signal: Signal): Promise<void> {
    const seat = this.#seats.get(from);
    if (seat?.call.id !== signal.call) return; // of a call that is over
    if (signal.kind === 'state') {
      seat.isMuted = signal.muted;
      this.#options.changed();
    } else {
      const { call } = seat;
      await call.take(signal).catch(() => call.fail()); // made again in a while, not at the pace of her answers
    }
  }

  // --- the calls

  /** A page that is there is called, unless a call with it holds. */
  #welcome(id: string, page: string): void {
    const seat = this.#seats.get(id);
    if (!this.#isInside(id) || (seat?.page === page && seat.call.state !== 'lost')) return;
    this.#call(id, page);
  }

  #call(id: string, page: string): void {
    this.#hangUp(id);
    const say = (body: Signal): void => this.#socket.say({ type: 'signal', to: id, body });
    const call = new Call(this.#options.iceServers, SENDING, { say, changed: () => this.#changed() });
    this.#seats.set(id, { page, call, isMuted: false, lostAt: 0, madeAt: Date.now() });
    void call.offer().catch(() => this.#hangUp(id));
    this.#changed();
  }

  #hangUp(id: string): void {
    const seat = this.#seats.get(id);
    if (!seat) return;
    this.#seats.delete(id);
    seat.call.close();
    this.#takeOut(id);
  }

  #isInside(id: string): boolean {
    return this.rows.some((row) => row.id === id && (row.state === 'green-room' || row.state === 'on-stage'));
  }

  /** Twice a second: lines that broke leave the picture, and are made again while their page is there. */
  #look(): void {
    const now = Date.now();
    for (const [id, seat] of this.#seats) {
      this.#noteLoss(id, seat, now);
      const lostMs = seat.lostAt ? now - seat.lostAt : 0;
      const page = this.#here.get(id);
      if (lostMs > OUT_OF_PICTURE_MS) this.#takeOut(id);
      if (page === undefined) {
        if (lostMs > OUT_OF_PICTURE_MS) this.#hangUp(id);
      } else if (lostMs > CALL_AGAIN_MS || isStuck(seat, now)) this.#call(id, page);
    }
    this.#mix();
  }

  #noteLoss(id: string, seat: Seat, now: number): void {
    const isLost = seat.call.state === 'lost' || !this.#here.has(id);
    if (isLost === seat.lostAt > 0) return;
    seat.lostAt = isLost ? now : 0;
    this.#options.changed();
  }

  // --- the stage

  #changed(): void {
    this.#mix();
    this.#options.changed();
  }

  /** Those on stage whose line holds are in the picture, hear the others and see the show. */
  #mix(): void {
    for (const row of this.rows) {
      const seat = this.#seats.get(row.id);
      if (row.state === 'on-stage' && seat?.call.state === 'connected' && seat.lostAt === 0) this.#putIn(row, seat.call);
      else if (row.state !== 'on-stage') this.#takeOut(row.id);
    }
    if (this.#mixed.size) this.#sound?.speak(HOST, this.#options.voice());
  }

  #putIn({ id, name, role }: GuestRow, call: Call): void {
    const mixer = this.#options.mixer();
    if (!mixer || this.#mixed.has(id)) return;
    try {
      mixer.add(sourceOf(id), call.remote, { name: role === 'guest' ? name : '', kind: role });
    } catch {
      return; // the stage is full; she comes into the picture as soon as there is room
    }
    this.#mixed.add(id);
    this.#options.changed();
    void call.send('video', mixer.output.getVideoTracks()[0] ?? null);
    if (role !== 'guest') return;
    this.#sound ??= new MixMinus();
    this.#sound.speak(id, call.remote.getAudioTracks()[0] ?? null);
    void call.send('audio', this.#sound.listen(id));
  }

  #takeOut(id: string): void {
    if (!this.#mixed.delete(id)) return;
    this.#options.mixer()?.remove(sourceOf(id));
    this.#sound?.forget(id);
    const call = this.#seats.get(id)?.call;
    void call?.send('video', null);
    void call?.send('audio', null);
  }

  #path(rest = ''): string {
    return `/shows/${encodeURIComponent(this.#options.slug)}/stage${rest}`;
  }

  get #memory(): string {
    return `sf-desk:${this.#options.slug}`;
  }
}

function isStuck({ call, madeAt }: Seat, now: number): boolean {
  return call.state === 'connecting' && now - madeAt > CONNECTS_WITHIN_MS;
}

/** The mixer's name of a guest, who may have the id of nothing else on stage. */
export function sourceOf(id: string): string {
  return `guest:${id}`;
}
