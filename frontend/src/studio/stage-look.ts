/** The mix's colours and font, which are the page's own. */
import type { Look } from './mixer/index.ts';

export function lookOf(root: HTMLElement): Look {
  const style = getComputedStyle(root);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return { ground: read('--sf-stage'), plate: read('--sf-scrim'), words: read('--sf-on-picture'), font: read('--sf-font') };
}
