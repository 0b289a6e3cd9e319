/** Icons that only the studio has; viewers never load them. */
import { html, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';

const files = import.meta.glob<string>('../../../src/showfloor/site/icons/studio/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Our own SVG files, so `unsafeSVG` is safe. Hidden from assistive technology. */
export function studioIcon(name: 'video' | 'video-off' | 'mic' | 'mic-off' | 'screen-share'): TemplateResult {
  return html`${unsafeSVG(files[`../../../src/showfloor/site/icons/studio/${name}.svg`]?.trim() ?? '')}`;
}
