/** The studio's own texts. */
import { translator } from '../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type StudioText = keyof typeof english;

export const t = translator<StudioText>(english, { de: () => import('./de.json') });
