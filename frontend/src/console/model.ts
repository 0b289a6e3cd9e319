/**
 * The state that the console shows, made of two sources: the timeline (what happened, at once) and the poll
 * (what can only be counted: rundown, money, the stream's health). No DOM, no network, and never optimistic:
 * a pressed button changes nothing here until the server has said so.
 */
import type * as schema from '../api/schema.ts';
import type { ShowState } from '../api/types.ts';
import { ShowClock } from '../player/picture-time.ts';
import type { Highlight, Message, ViewState } from '../timeline-client/index.ts';

export type { Highlight, Message };

export type { RefusedAttempt, ShownRestream } from '../api/schema.ts';
export type Money = schema.Sales;
export type RundownItem = schema.RundownRow;

/** A fault of what leaves the server, in the reader's language. */
export type ServerWarning = schema.Warned & { level: 'fair' | 'bad' };

/** The server's measures of the incoming stream; `null` in its place: no encoder is connected. */
export interface IngestHealth {
  readonly bitrate_kbps: number;
  readonly fps: number;
  /** The frame rate that the source declares; `null` until it is known. */
  readonly nominal_fps: number | null;
  readonly keyframe_interval_s: number | null;
  readonly last_frame_age_s: number | null;
  readonly width: number;
  readonly height: number;
  readonly video_codec: string;
  readonly audio_codec: string;
  readonly encoder: string;
  /** Of a show whose backup has sent, the primary first. */
  readonly sources?: readonly SourceState[];
  /** The names of the rungs that are the source's own pictures, the best first. */
  readonly passed?: readonly string[];
}

/** One of a show's two encoders. */
export interface SourceState {
  readonly role: 'primary' | 'backup';
  readonly encoder: string;
  readonly is_on_air: boolean;
  /** By a person. */
  readonly is_chosen: boolean;
  /** Empty, or what is wrong: lost, black, still, silent. */
  readonly fault: string;
  /** The reason why it is on air since `since`, where it has taken over. */
  readonly reason: string;
  readonly since: string;
}

/** Where an encoder sends to. */
export type StreamAddress = schema.StreamKeyOut;

/** Body of `GET /shows/{slug}/console`; the timeline tells the highlights sooner. */
export type PlanItem = schema.PlanRow;

export type ConsoleReport = Omit<schema.ConsoleReport, 'state' | 'health' | 'warnings' | 'rundown' | 'plan' | 'highlights'> & {
  state: ShowState;
  health: IngestHealth | null;
  /** The worst first. */
  warnings: readonly ServerWarning[];
  rundown: readonly RundownItem[];
  /** All items in order: products, and items of other kinds between them. */
  plan: readonly PlanItem[];
};

export interface ConsoleState extends ConsoleReport {
  /** The first report is here: what is empty is really empty. */
  readonly loaded: boolean;
  /** All of the show, by the picture at which they began. */
  readonly highlights: readonly Highlight[];
  readonly chat: readonly Message[];
  /** The reason why nothing is sold now; null: the show sells. */
  readonly selling: ViewState['selling'];
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
  disk: null,
  refused: [],
  restreams: [],
  plays: '',
  rundown: [],
  plan: [],
  cue: null,
  highlights: [],
  notices: { count: 0, due_at: null },
  chat: [],
  selling: null,
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
    selling: view.selling,
  };
}

/** Members of a report that only the middle of the console shows. */
const FIGURES: ReadonlySet<string> = new Set(['viewers', 'peak', 'carts', 'orders', 'sales', 'messages', 'health', 'warnings', 'disk', 'refused', 'restreams', 'plays']);

/** The part of the console that is drawn again: the middle, also the column of talk, or all of it. */
export type Change = 'figures' | 'talk' | 'all';

/** Members of the state that the rundown shows. The timeline keeps the highlights' array until one of them changes. */
const PLAN = ['loaded', 'state', 'started_at', 'ended_at', 'title', 'rundown', 'plan', 'cue', 'highlights', 'selling'] as const satisfies readonly (keyof ConsoleState)[];

/** What an entry of the timeline changes: a message is drawn among the messages alone. */
export function changeOfEntry(before: ConsoleState, after: ConsoleState): Change {
  return PLAN.every((name) => before[name] === after[name]) ? 'talk' : 'all';
}

/** The part of the console that a report changes: nothing, its figures, or all of it. */
export function changeBetween(before: ConsoleReport | null, after: ConsoleReport): 'none' | 'figures' | 'all' {
  if (!before) return 'all';
  const names = Object.keys(after) as (keyof ConsoleReport)[];
  const changed = names.filter((name) => name !== 'now' && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (!changed.length) return 'none';
  return changed.every((name) => FIGURES.has(name)) ? 'figures' : 'all';
}

/** The running highlights, the oldest first; none after the end. */
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

/** The situation that the middle of the console shows. */
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
