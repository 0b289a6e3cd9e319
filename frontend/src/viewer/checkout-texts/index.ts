/** The checkout's own texts: they come with its code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type CheckoutText = keyof typeof english;

export const say = translator<CheckoutText>(english, { de: () => import('./de.json') });
