/** The console's own texts: viewers never load them. */
import { translator } from '../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type ConsoleText = keyof typeof english;

export const t = translator<ConsoleText>(english, { de: () => import('./de.json') });
