/** The texts of the news for one person: they come with the code that words them. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type NewsText = keyof typeof english;

export const say = translator<NewsText>(english, { de: () => import('./de.json') });
