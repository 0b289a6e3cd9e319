/** Everything of captions but their sheet, fetched when the first picture is there. */
import { define } from '../../ui/element.ts';
import { textsReady } from '../../i18n/index.ts';
import { SfCaptionControls } from './controls.ts';
import { SfCaptions } from './overlay.ts';

export async function defineCaptions(): Promise<void> {
  await textsReady();
  define('sf-captions', SfCaptions);
  define('sf-caption-controls', SfCaptionControls);
}
