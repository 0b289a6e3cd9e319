/** The green room's own texts. */
import { translator } from '../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export const t = translator<keyof typeof english>(english, { de: () => import('./de.json') });
