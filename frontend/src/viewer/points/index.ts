/** The cards of giveaways, fetched when there is one. */
import { textsReady } from '../../i18n/index.ts';
import { define } from '../../ui/element.ts';
import { SfActivations } from './activation-card.ts';
import { SfGiveaway } from './giveaway-card.ts';
import './points.css';

export async function definePoints(): Promise<void> {
  await textsReady();
  define('sf-giveaway', SfGiveaway);
  define('sf-activations', SfActivations);
}
