/** The texts of a pause of the sale: they come with the code that shows one. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type PauseText = keyof typeof english;

export const say = translator<PauseText>(english, { de: () => import('./de.json') });
