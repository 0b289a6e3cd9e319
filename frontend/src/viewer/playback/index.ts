/** The controls of the picture with their previews and settings, fetched when the first picture is there: there is nothing to control before. */
import { textsReady } from '../../i18n/index.ts';
import { define } from '../../ui/element.ts';
import { SfControls } from '../controls.ts';
import { SfPlaybackControls } from './controls.ts';
import { SfSeekPreview } from './seek-preview.ts';
import './texts/index.ts';

export async function definePlayback(): Promise<void> {
  await textsReady();
  define('sf-controls', SfControls);
  define('sf-playback-controls', SfPlaybackControls);
  define('sf-seek-preview', SfSeekPreview);
}
