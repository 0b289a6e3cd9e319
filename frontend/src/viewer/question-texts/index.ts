/** The texts of questions: they come with their code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type QuestionText = keyof typeof english;

export const say = translator<QuestionText>(english, { de: () => import('./de.json') });
