/** The texts of giveaways and activation points: they come with their code. */
import { translator } from '../../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type PointText = keyof typeof english;

export const say = translator<PointText>(english, { de: () => import('./de.json') });
