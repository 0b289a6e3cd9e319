/** The teleprompter's text as parts, each of which begins with a cue. */
import type { PlanItem } from '../../console/model.ts';

export interface ScriptPart {
  /** The words of the cue; empty for a text before the first. */
  readonly cue: string;
  readonly words: string;
}

const CUE = /^#+\s*(.*)$/;

/** A show without a text of its own has its rundown, in order. */
export function scriptOf(text: string, plan: readonly PlanItem[]): readonly ScriptPart[] {
  if (!text.trim()) return plan.map(({ title, cue }) => ({ cue: title, words: cue }));
  const parts: { cue: string; lines: string[] }[] = [{ cue: '', lines: [] }];
  for (const line of text.split('\n')) {
    const cue = CUE.exec(line)?.[1];
    if (cue === undefined) parts.at(-1)?.lines.push(line);
    else parts.push({ cue: cue.trim(), lines: [] });
  }
  return parts.map(({ cue, lines }) => ({ cue, words: lines.join('\n').trim() })).filter(({ cue, words }) => cue || words);
}
