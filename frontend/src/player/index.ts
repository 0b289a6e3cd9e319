export { Player, type PlayerOptions, type PlayerState, type PlayerStatus } from './player.ts';
export type { Quality } from './engine.ts';
