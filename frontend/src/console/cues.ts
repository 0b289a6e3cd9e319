/** The rundown's turns: which is now, which is next, and how the show keeps to its plan. Pure. */
import type { CueView } from '../api/schema.ts';
import type { PlanItem } from './model.ts';

const MINUTE_MS = 60_000;

type Plan = readonly PlanItem[];

export function currentItem(plan: Plan, cue: CueView | null): PlanItem | undefined {
  return cue ? plan.find((item) => item.item_id === cue.item_id) : undefined;
}

/** The item after the current one; before the first cue the first. Undefined at the end, or when the current one was taken out. */
export function followingItem(plan: Plan, cue: CueView | null): PlanItem | undefined {
  if (!cue) return plan[0];
  const at = plan.findIndex((item) => item.item_id === cue.item_id);
  return at < 0 ? undefined : plan[at + 1];
}

/** When each item's turn is planned, by its id, ms; only as far as every item before has planned minutes. */
export function plannedTurns(plan: Plan, startMs: number | null): ReadonlyMap<string, number> {
  const turns = new Map<string, number>();
  let atMs = startMs;
  for (const item of plan) {
    if (atMs === null) break;
    turns.set(item.item_id, atMs);
    atMs = item.minutes === null ? null : atMs + item.minutes * MINUTE_MS;
  }
  return turns;
}

/** Seconds that the current item has left of its planned minutes, negative when it is over them; null without a plan. */
export function leftS(item: PlanItem | undefined, cue: CueView | null, nowMs: number): number | null {
  if (!cue || !item || item.minutes === null) return null;
  return (Date.parse(cue.reached_at) + item.minutes * MINUTE_MS - nowMs) / 1000;
}

/** Seconds by which the show runs behind its plan, negative when it is ahead; null where nothing is planned. */
export function behindS(plan: Plan, cue: CueView | null, startMs: number | null, nowMs: number): number | null {
  const planned = cue?.item_id ? plannedTurns(plan, startMs).get(cue.item_id) : undefined;
  if (!cue || planned === undefined) return null;
  const late = (Date.parse(cue.reached_at) - planned) / 1000;
  const left = leftS(currentItem(plan, cue), cue, nowMs);
  return left !== null && left < 0 ? late - left : late;
}

/** The next item comes by itself, unless somebody holds it. */
export function comesByItself(plan: Plan, cue: CueView | null): boolean {
  const item = currentItem(plan, cue);
  return Boolean(item && item.minutes !== null && followingItem(plan, cue)?.by_itself);
}
