/** What stands in the picture's place, with the remedy: in the studio and in the green room. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import type { CaptureFault } from './capture.ts';
import { studioIcon } from './icons.ts';
import { t } from './texts.ts';

export function renderNoPicture(fault: CaptureFault, onAgain: () => void) {
  return html`<div class="sf-no-picture" role=${fault ? 'alert' : 'status'} data-testid="no-picture">
    ${studioIcon('video-off')}
    <p>${fault ? t(`fault.${fault}`) : t('picture.none')}</p>
    ${fault && fault !== 'insecure' ? html`<button class="sf-button" @click=${onAgain}>${icon('refresh-cw')} ${t('fault.again')}</button>` : nothing}
  </div>`;
}
