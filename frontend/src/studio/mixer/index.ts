/** Mixes cameras, guests and a screen into one picture and one sound. */
export { StageMixer } from './stage-mixer.ts';
export { LAYOUTS, type Layout, type Look, type MixStats, type Scene, type Size, type SourceFacts, type SourceKind, type StagedSource } from './scene.ts';
