/** Mixes cameras, guests and a screen into one picture and one sound. */
export { StageMixer } from './stage-mixer.ts';
export { LAYOUTS, type Layout, type MixStats, type Scene, type SourceFacts, type SourceKind } from './scene.ts';
