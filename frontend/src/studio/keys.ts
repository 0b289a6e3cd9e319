/** The studio's keys. A key in a field is a letter. Single characters can be switched off on this
 * device (WCAG 2.2, 2.1.4): dictation types them. */
import { LAYOUTS, type Layout } from './mixer/index.ts';

export type SimpleAct = 'mute' | 'picture' | 'prompter' | 'run' | 'next-cue' | 'last-cue';
export type KeyAct = { readonly does: SimpleAct } | { readonly does: 'layout'; readonly layout: Layout };

const SIMPLE: Readonly<Record<string, 'mute' | 'picture' | 'prompter'>> = { m: 'mute', p: 'picture', t: 'prompter' };
const PROMPTING = { ' ': 'run', ArrowDown: 'next-cue', ArrowUp: 'last-cue' } as const;

const OFF = 'sf-studio-keys-off';

export function areKeysOn(store: Pick<Storage, 'getItem'> | null): boolean {
  return store?.getItem(OFF) !== '1';
}

export function setKeysOn(store: Pick<Storage, 'setItem' | 'removeItem'> | null, isOn: boolean): void {
  if (isOn) store?.removeItem(OFF);
  else store?.setItem(OFF, '1');
}

/** `isPrompting`: the teleprompter is open, and has keys of its own. `hasCharacters`: single
 * characters are switched on. */
export function keyAct(event: KeyboardEvent, isPrompting: boolean, hasCharacters = () => true): KeyAct | null {
  if (isSomebodyElses(event) || (/^\S$/.test(event.key) && !hasCharacters())) return null;
  const simple = SIMPLE[event.key.toLowerCase()];
  if (simple) return event.repeat ? null : { does: simple }; // a key that is held would switch back and forth
  if (isPrompting && event.key in PROMPTING) {
    // A button that has the focus takes its own keys, and so does the title of a folded panel.
    return (event.target as HTMLElement).matches('button, summary, [role=tab]') ? null : { does: PROMPTING[event.key as keyof typeof PROMPTING] };
  }
  const layout = LAYOUTS[Number(event.key) - 1];
  return layout ? { does: 'layout', layout } : null;
}

/** The browser's own, or a letter in a field. */
function isSomebodyElses(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).matches('input, select, textarea');
}
