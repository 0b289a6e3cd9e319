export { Player } from './player.ts';
export type { PlayerOptions, PlayerState, PlayerStatus } from './player-state.ts';
export { edgeEngine, hlsEngine, type EngineLoader } from './engines.ts';
export type { EngineEvents, EngineFactory, Quality } from './engine.ts';
