/** The texts of captions by the browser. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type SpeechText = keyof typeof english;

export const t = translator<SpeechText>(english, { de: () => import('./de.json') });
