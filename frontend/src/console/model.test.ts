import { describe, expect, it } from 'vitest';
import type { ViewState } from '../timeline-client/index.ts';
import { EMPTY, combined, elapsedS, highlightOf, onAir, phaseOf, shownAt, type ConsoleState, type Highlight } from './model.ts';

const STARTED = '2026-05-01T18:00:00.000Z';
const STARTED_MS = Date.parse(STARTED);

const HEALTH = {
  bitrate_kbps: 2500,
  fps: 30,
  nominal_fps: 30,
  keyframe_interval_s: 2,
  last_frame_age_s: 0.1,
  width: 1280,
  height: 720,
  video_codec: 'avc1.64001f',
  audio_codec: 'mp4a.40.2',
  encoder: 'OBS',
};

const REPORT = { ...EMPTY, state: 'live', started_at: STARTED, viewers: 3, health: HEALTH } as const;

function view(values: Partial<ViewState> = {}): ViewState {
  return {
    state: 'live',
    startsAt: null,
    startedAt: STARTED,
    endedAt: null,
    aiMade: '',
    trailer: null,
    curtain: null,
    broadcastLost: false,
    highlights: [],
    chapters: [],
    messages: [],
    rules: { mode: 'everyone', trait: null, slow_s: 0, shield: false },
    pinned: null,
    announcement: null,
    questions: [],
    questionFacts: new Map(),
    polls: [],
    auctions: [],
    deals: [],
    giveaways: [],
    dealsSeq: 0,
    selling: null,
    activations: [],
    bought: new Map(),
    reactions: {},
    captions: { languages: [], entries: [] },
    stock: new Map(),
    pricesSeq: 0,
    count: null,
    isCountExact: true,
    ...values,
  };
}

function highlight(id: string, productIds: string[], atS: number, untilS: number | null): Highlight {
  return {
    id,
    productIds,
    products: [],
    startedMs: STARTED_MS + atS * 1000,
    endedMs: untilS === null ? null : STARTED_MS + untilS * 1000,
  };
}

function live(highlights: Highlight[], values: Partial<ViewState> = {}): ConsoleState {
  return combined(REPORT, { view: view(values), highlights });
}

describe('combined', () => {
  it('is empty and not loaded before the first report', () => {
    expect(combined(null, null)).toEqual({ ...EMPTY, loaded: false });
  });

  it('takes the later state of the two sources', () => {
    expect(combined({ ...REPORT, state: 'scheduled' }, { view: view(), highlights: [] }).state).toBe('live');
    expect(combined(REPORT, { view: view({ state: 'scheduled' }), highlights: [] }).state).toBe('live');
    expect(combined(REPORT, { view: view({ state: 'ended' }), highlights: [] }).state).toBe('ended');
  });

  it('takes the loss of the encoder from the timeline, before the next poll says it', () => {
    expect(phaseOf(live([]))).toBe('live');
    expect(phaseOf(live([], { broadcastLost: true }))).toBe('paused');
  });

  it('prefers the live count to the polled one', () => {
    expect(live([]).viewers).toBe(3);
    expect(live([], { count: 7 }).viewers).toBe(7);
  });
});

describe('what is on screen', () => {
  const state = live([highlight('h1', ['p1'], 130, 240), highlight('h2', ['p2', 'p3'], 300, null)]);

  it('is every highlight that has not ended', () => {
    expect(onAir(state).map((one) => one.id)).toEqual(['h2']);
    expect(highlightOf(state, 'p3')?.id).toBe('h2');
    expect(highlightOf(state, 'p1')).toBeUndefined();
  });

  it('is nothing after the end', () => {
    expect(onAir(live([highlight('h1', ['p1'], 1, null)], { state: 'ended' }))).toEqual([]);
  });

  it('is remembered as show times', () => {
    const again = live([highlight('h1', ['p1'], 130, 240), highlight('h3', ['p1'], 525, null)]);
    expect(shownAt(again, 'p1')).toEqual([130, 525]);
    expect(shownAt(again, 'p9')).toEqual([]);
  });

  it('never has a negative show time', () => {
    expect(shownAt(live([highlight('h1', ['p1'], -0.4, null)]), 'p1')).toEqual([0]);
  });
});

describe('elapsedS', () => {
  it('runs from the start to now, and stops at the end', () => {
    expect(elapsedS(live([]), STARTED_MS + 61_500)).toBe(61.5);
    expect(elapsedS({ ...EMPTY }, STARTED_MS)).toBeNull();
    const ended = { ...live([]), ended_at: '2026-05-01T18:10:00.000Z' };
    expect(elapsedS(ended, STARTED_MS + 9_000_000)).toBe(600);
  });
});

describe('phaseOf', () => {
  it('tells the five situations of a show apart', () => {
    const of = (state: ConsoleState['state'], health: ConsoleState['health']) => phaseOf({ ...EMPTY, state, health });
    expect(of('draft', null)).toBe('waiting');
    expect(of('scheduled', HEALTH)).toBe('ready');
    expect(of('live', HEALTH)).toBe('live');
    expect(of('live', null)).toBe('paused');
    expect(of('ended', HEALTH)).toBe('ended');
  });
});
