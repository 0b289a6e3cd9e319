import { describe, expect, it } from 'vitest';
import type { CueView } from '../api/schema.ts';
import { behindS, comesByItself, currentItem, followingItem, leftS, plannedTurns } from './cues.ts';
import type { PlanItem } from './model.ts';

const START = Date.parse('2026-05-01T18:00:00Z');

function item(id: string, minutes: number | null, byItself = false): PlanItem {
  return { item_id: id, kind: 'segment', title: id, minutes, cue: '', by_itself: byItself, ref: null };
}

function cue(itemId: string | null, reachedS: number): CueView {
  return { cue_id: 'c', item_id: itemId, title: '', reached_at: new Date(START + reachedS * 1000).toISOString(), by_itself: false, held: false };
}

const PLAN = [item('hello', 5), item('balm', 10, true), item('talk', null), item('end', 2)];

describe('the turns of a rundown', () => {
  it('begin with the first item and go on to the one after the current', () => {
    expect(followingItem(PLAN, null)?.item_id).toBe('hello');
    expect(followingItem(PLAN, cue('balm', 0))?.item_id).toBe('talk');
    expect(followingItem(PLAN, cue('end', 0))).toBeUndefined();
    expect(followingItem(PLAN, cue(null, 0))).toBeUndefined();
    expect(currentItem(PLAN, cue('balm', 0))?.item_id).toBe('balm');
  });

  it('are planned as far as every item before says how long it takes', () => {
    expect([...plannedTurns(PLAN, START)]).toEqual([['hello', START], ['balm', START + 300_000], ['talk', START + 900_000]]);
    expect(plannedTurns(PLAN, null).size).toBe(0);
  });

  it('say what is left of the planned minutes', () => {
    expect(leftS(PLAN[0], cue('hello', 0), START + 120_000)).toBe(180);
    expect(leftS(PLAN[0], cue('hello', 0), START + 310_000)).toBe(-10);
    expect(leftS(PLAN[2], cue('talk', 0), START)).toBeNull();
  });

  it('say how far the show is behind its plan, or ahead', () => {
    expect(behindS(PLAN, cue('balm', 420), START, START + 430_000)).toBe(120);
    expect(behindS(PLAN, cue('balm', 240), START, START + 250_000)).toBe(-60);
    expect(behindS(PLAN, cue('hello', 0), START, START + 330_000)).toBe(30); // longer than planned
    expect(behindS(PLAN, cue('end', 900), START, START + 900_000)).toBeNull();
  });

  it('come by themselves where the item is marked so and the one before has planned minutes', () => {
    expect(comesByItself(PLAN, cue('hello', 0))).toBe(true);
    expect(comesByItself(PLAN, cue('balm', 0))).toBe(false);
    expect(comesByItself(PLAN, null)).toBe(false);
  });
});
