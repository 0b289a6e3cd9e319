/** The choice of the engine: hls.js where there are Media Source Extensions, else the browser itself. The code of hls.js is fetched with the first picture. */
import type { EdgeOptions, EngineFactory } from './engine.ts';
import type { HlsOptions } from './hls-engine.ts';

/** Fetches an engine's code. Rejects when that fails; it may be asked again. */
export type EngineLoader = () => Promise<EngineFactory>;

const native: EngineLoader = async () => {
  const { NativeEngine } = await import('./native-engine.ts');
  return (video, events) => new NativeEngine(video, events);
};

/** Without it the browser plays by itself, and shows captions by itself too where nothing of ours can lie on the picture. */
export const hasMediaSource = 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis;

/** `otherwise`: for browsers without Media Source Extensions. */
export function hlsEngine(options: HlsOptions = {}, otherwise = native): EngineLoader {
  return async () => {
    if (!hasMediaSource) return otherwise();
    const { HlsEngine } = await import('./hls-engine.ts');
    return HlsEngine.isSupported ? (video, events) => new HlsEngine(video, events, options) : otherwise();
  };
}

/** The live edge. The loading is rejected where the browser has no Media Source Extensions. */
export function edgeEngine(options: EdgeOptions): EngineLoader {
  return async () => {
    if (!hasMediaSource || !('WebSocket' in globalThis)) throw new Error('no Media Source Extensions');
    const { EdgeEngine } = await import('./edge-engine.ts');
    return (video, events) => new EdgeEngine(video, events, options);
  };
}

export const bestEngine: EngineLoader = hlsEngine();
