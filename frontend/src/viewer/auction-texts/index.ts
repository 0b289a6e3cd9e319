/** The texts of auctions: they come with their code. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type AuctionText = keyof typeof english;

export const say = translator<AuctionText>(english, { de: () => import('./de.json') });
