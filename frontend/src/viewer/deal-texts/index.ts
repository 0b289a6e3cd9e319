/** The texts of deals: they come with their code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type DealText = keyof typeof english;

export const say = translator<DealText>(english, { de: () => import('./de.json') });
