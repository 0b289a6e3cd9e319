/** The texts of the picture's settings and previews: they come with their code. */
import { translator } from '../../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type PlaybackText = keyof typeof english;

export const say = translator<PlaybackText>(english, { de: () => import('./de.json') });
