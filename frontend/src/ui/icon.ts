/** The one icon set (`src/showfloor/site/icons`), also used by the server's templates. */
import { html, type TemplateResult } from 'lit';
import { unsafeSVG } from 'lit/directives/unsafe-svg.js';

const files = import.meta.glob<string>('../../../src/showfloor/site/icons/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const icons = new Map(
  Object.entries(files).map(([path, svg]) => [path.slice(path.lastIndexOf('/') + 1, -'.svg'.length), svg.trim()]),
);

/** Our own SVG files, so `unsafeSVG` is safe. Hidden from assistive technology: give a text or an `aria-label`. */
export function icon(name: string): TemplateResult {
  return html`${unsafeSVG(icons.get(name) ?? '')}`;
}
