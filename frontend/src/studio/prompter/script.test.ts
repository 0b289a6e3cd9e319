import { expect, it } from 'vitest';
import type { PlanItem } from '../../console/model.ts';
import { scriptOf } from './script.ts';

const PLAN = [
  { item_id: '1', kind: 'segment', title: 'Welcome', minutes: 2, cue: 'Smile', by_itself: false, ref: null },
  { item_id: '2', kind: 'product', title: 'Night balm', minutes: null, cue: '', by_itself: false, ref: 'p' },
] satisfies PlanItem[];

it('cuts a text at its cues and keeps its lines', () => {
  expect(scriptOf('Good evening\n\n# Balm\nOne\nTwo\n##Fin\n', PLAN)).toEqual([
    { cue: '', words: 'Good evening' },
    { cue: 'Balm', words: 'One\nTwo' },
    { cue: 'Fin', words: '' },
  ]);
});

it('is the rundown where there is no text', () => {
  expect(scriptOf(' \n', PLAN)).toEqual([
    { cue: 'Welcome', words: 'Smile' },
    { cue: 'Night balm', words: '' },
  ]);
});
