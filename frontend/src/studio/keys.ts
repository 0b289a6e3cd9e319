/** The studio's keys. A key in a field is a letter. */
import { LAYOUTS, type Layout } from './mixer/index.ts';

export type KeyAct = { readonly does: 'mute' | 'picture' } | { readonly does: 'layout'; readonly layout: Layout };

export function keyAct(event: KeyboardEvent): KeyAct | null {
  if (event.ctrlKey || event.metaKey || event.altKey || (event.target as HTMLElement).matches('input, select, textarea')) return null;
  const key = event.key.toLowerCase();
  if (key === 'm') return { does: 'mute' };
  if (key === 'p') return { does: 'picture' };
  const layout = LAYOUTS[Number(key) - 1];
  return layout ? { does: 'layout', layout } : null;
}
