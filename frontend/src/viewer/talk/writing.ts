/** The decision whether a person may write now, and the reason if not. Pure. */
import type { ChatRules, ShowState, Viewer } from '../../api/types.ts';
import { TEAM } from './lines.ts';

/** `reason`: the moderator's words; empty for none. */
export interface TimeOut {
  untilMs: number;
  reason: string;
}

export interface WritingFacts {
  state: ShowState;
  rules: ChatRules;
  viewer: Viewer | null;
  isBanned: boolean;
  timeOut: TimeOut | null;
  hasWarning: boolean;
  /** Time since the server took the last of one's own messages, for slow mode. */
  sinceSentMs: number | null;
  /** What is left of the wait that a refusal told. */
  toldWaitMs: number;
  /** The server's clock. */
  nowMs: number;
}

export type Writing =
  | { may: 'write'; waitMs: number; onlyFor: 'customers' | 'trait' | null }
  | { may: 'not'; why: 'ended' | 'banned' | 'warning' | 'staff' | 'signed_in' }
  | ({ may: 'not'; why: 'time-out' } & TimeOut);

export function writingOf(facts: WritingFacts): Writing {
  const { rules, viewer } = facts;
  if (facts.isBanned) return { may: 'not', why: 'banned' };
  if (facts.state === 'ended') return { may: 'not', why: 'ended' };
  if (viewer && TEAM.has(viewer.role)) return { may: 'write', waitMs: waitOf(facts, 0), onlyFor: null };
  const refusal = refusalOf(facts);
  if (refusal) return refusal;
  // Only the server knows customers and traits: it refuses the others.
  const onlyFor = rules.mode === 'customers' || rules.mode === 'trait' ? rules.mode : null;
  return { may: 'write', waitMs: waitOf(facts, rules.slow_s * 1000), onlyFor };
}

/** A wait, or a time-out, that goes by. */
export function isCountingDown(writing: Writing): boolean {
  return writing.may === 'write' ? writing.waitMs > 0 : writing.why === 'time-out';
}

function refusalOf({ rules, viewer, timeOut, hasWarning, nowMs }: WritingFacts): Writing | null {
  if (timeOut !== null && timeOut.untilMs > nowMs) return { may: 'not', why: 'time-out', untilMs: timeOut.untilMs, reason: timeOut.reason };
  if (hasWarning) return { may: 'not', why: 'warning' };
  if (rules.mode === 'staff') return { may: 'not', why: 'staff' };
  const isGuest = viewer === null || viewer.role === 'guest' || viewer.role === 'viewer';
  return rules.mode !== 'everyone' && isGuest ? { may: 'not', why: 'signed_in' } : null;
}

function waitOf({ sinceSentMs, toldWaitMs }: WritingFacts, slowMs: number): number {
  const slow = sinceSentMs === null ? 0 : slowMs - sinceSentMs;
  return Math.max(0, slow, toldWaitMs);
}
