export { Player, type PlayerOptions, type PlayerState, type PlayerStatus } from './player.ts';
export { hlsEngine } from './engines.ts';
export type { Quality } from './engine.ts';
