/** The controls of the picture with their previews and settings, fetched when the first picture is there: there is nothing to control before. */
import { SfControls } from '../controls.ts';
import { SfPlaybackControls } from './controls.ts';
import { SfSeekPreview } from './seek-preview.ts';
import './texts/index.ts';

export const elements = { 'sf-controls': SfControls, 'sf-playback-controls': SfPlaybackControls, 'sf-seek-preview': SfSeekPreview };
