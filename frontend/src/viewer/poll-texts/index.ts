/** The texts of polls: they come with their code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type PollText = keyof typeof english;

export const say = translator<PollText>(english, { de: () => import('./de.json') });
