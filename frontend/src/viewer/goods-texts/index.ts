/** The texts of a product, of the cart and of sets: they come with the code of their sheets. */
import { translator } from '../../i18n/index.ts';
import english from './en.json' with { type: 'json' };

export type GoodsText = keyof typeof english;

export const say = translator<GoodsText>(english, { de: () => import('./de.json') });
