/** Whether this person may write now; if not, why not and what comes next. Pure. */
import type { ChatRules, ShowState, Viewer } from '../../api/types.ts';
import { TEAM } from './lines.ts';

export interface WritingFacts {
  state: ShowState;
  rules: ChatRules;
  viewer: Viewer | null;
  isBanned: boolean;
  timeOutUntilMs: number | null;
  hasWarning: boolean;
  /** The last of one's own messages, for slow mode. */
  lastSentMs: number | null;
  /** Said by the server: not before that. */
  notBeforeMs: number | null;
  nowMs: number;
}

export type Writing =
  | { may: 'write'; waitMs: number; onlyFor: 'customers' | 'trait' | null }
  | { may: 'not'; why: 'ended' | 'banned' | 'warning' | 'staff' | 'signed_in' }
  | { may: 'not'; why: 'time-out'; untilMs: number };

export function writingOf(facts: WritingFacts): Writing {
  const { rules, viewer } = facts;
  if (facts.isBanned) return { may: 'not', why: 'banned' };
  if (facts.state === 'ended') return { may: 'not', why: 'ended' };
  if (viewer && TEAM.has(viewer.role)) return { may: 'write', waitMs: waitOf(facts, 0), onlyFor: null };
  const refusal = refusalOf(facts);
  if (refusal) return refusal;
  // Who is a customer or holds a trait the server knows: it says so when someone is not.
  const onlyFor = rules.mode === 'customers' || rules.mode === 'trait' ? rules.mode : null;
  return { may: 'write', waitMs: waitOf(facts, rules.slow_s * 1000), onlyFor };
}

function refusalOf({ rules, viewer, timeOutUntilMs, hasWarning, nowMs }: WritingFacts): Writing | null {
  if (timeOutUntilMs !== null && timeOutUntilMs > nowMs) return { may: 'not', why: 'time-out', untilMs: timeOutUntilMs };
  if (hasWarning) return { may: 'not', why: 'warning' };
  if (rules.mode === 'staff') return { may: 'not', why: 'staff' };
  const isGuest = viewer === null || viewer.role === 'guest' || viewer.role === 'viewer';
  return rules.mode !== 'everyone' && isGuest ? { may: 'not', why: 'signed_in' } : null;
}

function waitOf({ lastSentMs, notBeforeMs, nowMs }: WritingFacts, slowMs: number): number {
  const slow = lastSentMs === null ? 0 : lastSentMs + slowMs - nowMs;
  return Math.max(0, slow, (notBeforeMs ?? 0) - nowMs);
}
