/** Icons that only the studio has; viewers never load them. */
import { html, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';
import type { Layout } from './mixer/index.ts';

const files = import.meta.glob<string>('../../../src/showfloor/site/icons/studio/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

type StudioIcon = 'video' | 'video-off' | 'mic' | 'mic-off' | 'screen-share' | 'mirror' | 'prompter' | `layout-${Layout}`;

/** Our own SVG files, so `unsafeSVG` is safe. Hidden from assistive technology. */
export function studioIcon(name: StudioIcon): TemplateResult {
  return html`${unsafeSVG(files[`../../../src/showfloor/site/icons/studio/${name}.svg`]?.trim() ?? '')}`;
}
