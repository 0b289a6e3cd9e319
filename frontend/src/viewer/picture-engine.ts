/** The engine that a show's picture is played with, where it is not the usual one. */
import type { Api } from '../api/client.ts';
import { edgeEngine, hlsEngine, type EngineLoader, type PlayerOptions } from '../player/index.ts';
import { readPlayback } from '../player/playback-choice.ts';
import { deviceStore } from '../ui/device-store.ts';
import type { TimelineClient } from '../timeline-client/index.ts';
import type { ShowData } from './data.ts';

/**
 * `?latency=plain` turns low latency off: for a connection on which it stutters, and for measurements. `hls` turns the
 * live edge off.
 */
function requested(): string | null {
  return new URLSearchParams(location.search).get('latency');
}

/** The live edge, where the show has one for its viewers. */
function edgeOf(api: Api, { live_edge_url }: ShowData, session: string): { edge?: EngineLoader } {
  if (!live_edge_url || requested()) return {};
  return { edge: edgeEngine({ url: live_edge_url, token: () => api.freshToken(), session }) };
}

/** The player's name in its requests, and the server's clock. */
type Playback = Pick<TimelineClient, 'session' | 'serverNowMs'>;

export function engineOf(api: Api, data: ShowData, playback: Playback): Pick<PlayerOptions, 'engine' | 'edge' | 'choice'> {
  return { ...edgeOf(api, data, playback.session), ...usualOf(api, data, playback), choice: readPlayback(deviceStore(), asksToSave()) };
}

/** The browser was told to save data. Not every browser says so. */
function asksToSave(): boolean {
  return (navigator as Navigator & { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** A show that is not open to everyone needs a viewing pass in the address of its media. */
function usualOf(api: Api, { open_to, pass, slug }: ShowData, playback: Playback): { engine?: EngineLoader } {
  const [isPlain, { session }] = [requested() === 'plain', playback];
  if (open_to && open_to !== 'everyone') {
    return { engine: () => import('./viewing-pass.ts').then(({ passEngine }) => passEngine(api, { slug, isPlain, now: () => playback.serverNowMs(), session, pass: pass ?? null })) };
  }
  return { engine: hlsEngine({ isPlain, session }) };
}
