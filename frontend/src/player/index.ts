export { Player, type PlayerOptions, type PlayerState, type PlayerStatus } from './player.ts';
export { hlsEngine, type EngineLoader } from './engines.ts';
export { NativeEngine } from './native-engine.ts';
export type { EngineEvents, EngineFactory, Quality } from './engine.ts';
