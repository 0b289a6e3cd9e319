/** The cards of giveaways and activation points, fetched when there is one. */
import { SfActivations } from './activation-card.ts';
import { SfGiveaway } from './giveaway-card.ts';
import '../poll.css';
import './points.css';

export const elements = { 'sf-giveaway': SfGiveaway, 'sf-activations': SfActivations };
