/**
 * What the console shows, put together from its two sources: the timeline (what happened, at once) and the poll
 * (what can only be counted: rundown, money, the stream's health). No DOM, no network, and never optimistic:
 * a pressed button changes nothing here until the server has said so.
 */
import type { ShowState } from '../api/types.ts';
import { ShowClock } from '../player/picture-time.ts';
import type { Highlight, Message, ViewState } from '../timeline-client/index.ts';

export type { Highlight, Message };

/** Someone who tried to send to the show and was not taken; what is wrong and what to do, in words. */
export interface RefusedAttempt {
  readonly cause: string;
  /** The last time. */
  readonly at: string;
  readonly count: number;
  readonly encoder: string;
  readonly address: string;
  readonly words: string;
  readonly advice: string;
}

export interface Money {
  /** In minor units of `currency`. */
  readonly amount: number;
  readonly currency: string;
}

/** What the server reads from the incoming stream itself; `null` in its place: no encoder is connected. */
export interface IngestHealth {
  readonly bitrate_kbps: number;
  readonly fps: number;
  /** What the source is meant to have; `null` until that is known. */
  readonly nominal_fps: number | null;
  readonly keyframe_interval_s: number | null;
  readonly last_frame_age_s: number | null;
  readonly width: number;
  readonly height: number;
  readonly video_codec: string;
  readonly audio_codec: string;
  readonly encoder: string;
}

/** What is wrong with what leaves the server, said by the server in the reader's language. */
export interface ServerWarning {
  readonly code: string;
  readonly level: 'fair' | 'bad';
  readonly words: string;
  readonly advice: string;
}

export interface RundownItem {
  readonly product_id: string;
  readonly name: string;
  readonly image_url: string | null;
  readonly price: number | null;
  readonly compare_at_price: number | null;
  readonly currency: string;
  readonly available: number;
}

/** Body of `GET /shows/{slug}/console`, as far as the console reads it. */
export interface ConsoleReport {
  readonly state: ShowState;
  readonly title: string;
  readonly published: boolean;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly now: string;
  readonly viewers: number;
  readonly peak: number;
  readonly carts: number;
  readonly orders: number;
  readonly sales: Money;
  readonly messages: number;
  readonly health: IngestHealth | null;
  /** The worst first. */
  readonly warnings: readonly ServerWarning[];
  /** Who tried to send and was not taken, the latest first. */
  readonly refused: readonly RefusedAttempt[];
  readonly rundown: readonly RundownItem[];
}

export interface ConsoleState extends ConsoleReport {
  /** The first report is here: what is empty is really empty. */
  readonly loaded: boolean;
  /** All of the show, by the picture at which they began. */
  readonly highlights: readonly Highlight[];
  readonly chat: readonly Message[];
}

export const MAX_AT_ONCE = 3;

export const EMPTY: ConsoleState = {
  loaded: false,
  state: 'draft',
  title: '',
  published: true,
  started_at: null,
  ended_at: null,
  now: '',
  viewers: 0,
  peak: 0,
  carts: 0,
  orders: 0,
  sales: { amount: 0, currency: 'EUR' },
  messages: 0,
  health: null,
  warnings: [],
  refused: [],
  rundown: [],
  highlights: [],
  chat: [],
};

const STATES: readonly ShowState[] = ['draft', 'scheduled', 'live', 'ended'];

/** Both sources may be the older one for a moment. A show only moves on, so the further state is the true one. */
function further(a: ShowState, b: ShowState): ShowState {
  return STATES.indexOf(a) > STATES.indexOf(b) ? a : b;
}

export interface TimelineSays {
  readonly view: ViewState;
  readonly highlights: readonly Highlight[];
}

export function combined(report: ConsoleReport | null, timeline: TimelineSays | null): ConsoleState {
  const base: ConsoleState = report ? { ...EMPTY, ...report, loaded: true } : EMPTY;
  if (!timeline) return base;
  const { view } = timeline;
  return {
    ...base,
    state: further(base.state, view.state),
    started_at: view.startedAt ?? base.started_at,
    ended_at: view.endedAt ?? base.ended_at,
    viewers: view.count ?? base.viewers,
    health: view.broadcastLost ? null : base.health,
    highlights: timeline.highlights,
    chat: view.messages,
  };
}

/** What is on screen now, in the order in which it came. After the end: nothing. */
export function onAir(state: ConsoleState): readonly Highlight[] {
  return state.state === 'live' ? state.highlights.filter((one) => one.endedMs === null) : [];
}

/** The running highlight that shows this product. */
export function highlightOf(state: ConsoleState, productId: string): Highlight | undefined {
  return onAir(state).find((one) => one.productIds.includes(productId));
}

/** Show times in seconds at which a product came on screen, earliest first. */
export function shownAt(state: ConsoleState, productId: string): readonly number[] {
  const found = state.highlights.filter((one) => one.productIds.includes(productId));
  return found.flatMap((one) => showTimeS(state, one.startedMs) ?? []);
}

/** Show time: the console counts by the wall clock since the start, as its timer does. */
export function showTimeS({ started_at: startedAt }: Pick<ConsoleState, 'started_at'>, pictureMs: number): number | null {
  return new ShowClock({ startedAt, spans: [], isRecording: false }).showTimeS(pictureMs);
}

/** Seconds since the start (up to the end, once it has ended); `null` before the start. */
export function elapsedS(state: ConsoleState, serverNowMs: number): number | null {
  return showTimeS(state, state.ended_at === null ? serverNowMs : Date.parse(state.ended_at));
}

/** What the middle of the console is about. */
export type Phase = 'waiting' | 'ready' | 'live' | 'paused' | 'ended';

export function phaseOf(state: ConsoleState): Phase {
  if (state.state === 'ended') return 'ended';
  if (state.state === 'live') return state.health ? 'live' : 'paused';
  return state.health && !isConnecting(state.health) ? 'ready' : 'waiting';
}

/** An encoder is there, and nothing is known of its picture yet: there is nothing to judge. */
export function isConnecting({ width, height }: IngestHealth): boolean {
  return width === 0 || height === 0;
}
