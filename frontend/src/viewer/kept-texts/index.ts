/** Texts of what is kept and of queues: they come with its code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type KeptText = keyof typeof english;

export const say = translator<KeptText>(english, { de: () => import('./de.json') });
