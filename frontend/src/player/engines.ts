/** The choice of the engine: hls.js where there are Media Source Extensions, else the browser itself. The code of hls.js is fetched with the first picture. */
import type { EngineFactory } from './engine.ts';
import type { HlsOptions } from './hls-engine.ts';
import { NativeEngine } from './native-engine.ts';

/** Fetches an engine's code. Rejects when that fails; it may be asked again. */
export type EngineLoader = () => Promise<EngineFactory>;

const native: EngineFactory = (video, events) => new NativeEngine(video, events);

export function hlsEngine(options: HlsOptions = {}): EngineLoader {
  return async () => {
    const { HlsEngine } = await import('./hls-engine.ts');
    return HlsEngine.isSupported ? (video, events) => new HlsEngine(video, events, options) : native;
  };
}

export const bestEngine: EngineLoader =
  'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis ? hlsEngine() : () => Promise.resolve(native);
