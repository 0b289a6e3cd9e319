/** The captions' own texts: they come with their code. */
import { translator } from '../../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type CaptionText = keyof typeof english;

export const say = translator<CaptionText>(english, { de: () => import('./de.json') });
