/** The texts of what a screen reader hears: they come with its code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type SaidText = keyof typeof english;

export const say = translator<SaidText>(english, { de: () => import('./de.json') });
