/** The engine that a show's picture is played with, where it is not the usual one. */
import type { Api } from '../api/client.ts';
import { edgeEngine, hlsEngine, type EngineLoader, type PlayerOptions } from '../player/index.ts';
import { readPlayback } from '../player/playback-choice.ts';
import { deviceStore } from '../ui/device-store.ts';
import type { ShowData } from './data.ts';

/**
 * `?latency=plain` turns low latency off: for a connection on which it stutters, and for measurements. `hls` turns the
 * live edge off.
 */
function requested(): string | null {
  return new URLSearchParams(location.search).get('latency');
}

/** The live edge, where the show has one for its viewers. */
function edgeOf(api: Api, { live_edge_url }: ShowData): { edge?: EngineLoader } {
  if (!live_edge_url || requested()) return {};
  return { edge: edgeEngine({ url: live_edge_url, token: () => api.freshToken() }) };
}

/** `now`: by the server's clock. */
export function engineOf(api: Api, data: ShowData, now: () => number): Pick<PlayerOptions, 'engine' | 'edge' | 'choice'> {
  return { ...edgeOf(api, data), ...usualOf(api, data, now), choice: readPlayback(deviceStore(), asksToSave()) };
}

/** The browser was told to save data. Not every browser says so. */
function asksToSave(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** A show that is not open to everyone needs a viewing pass in the address of its media. */
function usualOf(api: Api, { open_to, pass, slug }: ShowData, now: () => number): { engine?: EngineLoader } {
  const isPlain = requested() === 'plain';
  if (open_to && open_to !== 'everyone') {
    return { engine: () => import('./viewing-pass.ts').then(({ passEngine }) => passEngine(api, { slug, isPlain, now, pass: pass ?? null })) };
  }
  return isPlain ? { engine: hlsEngine({ isPlain }) } : {};
}
