/** What a player tells of its picture, as one line of CMCD version 2 in event mode (CTA-5004-B). Pure. */

export interface Playback {
  /** Made up when the page is opened; nothing else knows it. */
  session: string;
  content: string;
  nowMs: number;
  isLive: boolean;
  status: string;
  /** From the picture to now; null where that says nothing: a recording, or a picture that was chosen. */
  latencyMs: number | null;
  bufferMs: number;
  /** Frames that were not shown since the page was opened. */
  dropped: number;
}

const STATES: Readonly<Record<string, string>> = { playing: 'p', waiting: 'r', paused: 'a', loading: 's', ended: 'e', failed: 'f' };

/** Adds up for how long the picture has stood still. */
export class StallMeter {
  #sinceMs: number | null = null;
  #sumMs = 0;

  look(isStill: boolean, nowMs: number): void {
    if (this.#sinceMs !== null) this.#sumMs += Math.max(0, nowMs - this.#sinceMs);
    this.#sinceMs = isStill ? nowMs : null;
  }

  /** The sum since it was last asked for, in ms. */
  take(nowMs: number): number {
    this.look(this.#sinceMs !== null, nowMs);
    const sumMs = Math.round(this.#sumMs);
    this.#sumMs = 0;
    return sumMs;
  }
}

export function cmcdLine(playback: Playback, stalledMs: number): string {
  const { session, content, nowMs, isLive, status, latencyMs, bufferMs, dropped } = playback;
  const keys: [string, string][] = [
    ['bl', String(Math.round(bufferMs / 100) * 100)],
    ['bsd', String(stalledMs)],
    ['cid', `"${content}"`],
    ['dfa', String(dropped)],
    ['e', 't'],
    ['ltc', latencyMs === null ? '' : String(Math.max(0, Math.round(latencyMs / 100) * 100))],
    ['sf', 'h'],
    ['sid', `"${session}"`],
    ['st', isLive ? 'l' : 'v'],
    ['sta', STATES[status] ?? 's'],
    ['ts', String(Math.round(nowMs))],
    ['v', '2'],
  ];
  return keys.flatMap(([key, value]) => (value === '' ? [] : [`${key}=${value}`])).join(',');
}
