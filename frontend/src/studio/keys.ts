/** The studio's keys. A key in a field is a letter. */
import { LAYOUTS, type Layout } from './mixer/index.ts';

export type SimpleAct = 'mute' | 'picture' | 'prompter' | 'run' | 'next-cue' | 'last-cue';
export type KeyAct = { readonly does: SimpleAct } | { readonly does: 'layout'; readonly layout: Layout };

const SIMPLE: Readonly<Record<string, 'mute' | 'picture' | 'prompter'>> = { m: 'mute', p: 'picture', t: 'prompter' };
const PROMPTING = { ' ': 'run', ArrowDown: 'next-cue', ArrowUp: 'last-cue' } as const;

/** `isPrompting`: the teleprompter is open, and has keys of its own. */
export function keyAct(event: KeyboardEvent, isPrompting: boolean): KeyAct | null {
  if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).matches('input, select, textarea')) return null;
  const simple = SIMPLE[event.key.toLowerCase()];
  if (simple) return event.repeat ? null : { does: simple }; // a key that is held would switch back and forth
  if (isPrompting && event.key in PROMPTING) {
    // A button that has the focus takes its own keys, and so does the title of a folded panel.
    return (event.target as HTMLElement).matches('button, summary, [role=tab]') ? null : { does: PROMPTING[event.key as keyof typeof PROMPTING] };
  }
  const layout = LAYOUTS[Number(event.key) - 1];
  return layout ? { does: 'layout', layout } : null;
}
