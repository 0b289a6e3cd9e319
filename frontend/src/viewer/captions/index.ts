/** Everything of captions but their sheet, fetched when the first picture is there. */
import { SfCaptionControls } from './controls.ts';
import { SfCaptions } from './overlay.ts';

export const elements = { 'sf-captions': SfCaptions, 'sf-caption-controls': SfCaptionControls };
