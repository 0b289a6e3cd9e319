/** The engine that a show's picture is played with, where it is not the usual one. */
import type { Api } from '../api/client.ts';
import { hlsEngine, type EngineLoader } from '../player/index.ts';
import type { ShowData } from './data.ts';

/** `?latency=plain` turns low latency off: for a connection on which it stutters, and for measurements. */
function isPlainRequested(): boolean {
  return new URLSearchParams(location.search).get('latency') === 'plain';
}

/** A show that is not open to everyone needs a viewing pass in the address of its media. `now`: by the server's clock. */
export function engineOf(api: Api, { open_to, pass, slug }: ShowData, now: () => number): { engine?: EngineLoader } {
  const isPlain = isPlainRequested();
  if (open_to && open_to !== 'everyone') {
    return { engine: () => import('./viewing-pass.ts').then(({ passEngine }) => passEngine(api, { slug, isPlain, now, pass: pass ?? null })) };
  }
  return isPlain ? { engine: hlsEngine({ isPlain }) } : {};
}
