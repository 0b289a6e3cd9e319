import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../api/client.ts';
import type { ViewingPass } from '../api/types.ts';
import { NativePassEngine, Passes, passEngine } from './viewing-pass.ts';

type SetUp = (request: { open: (method: string, url: string) => void }, url: string) => Promise<void>;
vi.mock('../player/index.ts', () => ({
  hlsEngine:
    ({ setUpRequest }: { setUpRequest: SetUp }) =>
    () =>
      Promise.resolve(setUpRequest),
}));

const NOW = Date.parse('2026-11-28T20:00:00.000Z');
const pass = (name: string, inS: number): ViewingPass => ({
  hls_url: `/hls/evening/pass/${name}/index.m3u8`,
  expires_at: new Date(NOW + inS * 1000).toISOString(),
});

function passes(given: ViewingPass | null, answer: () => Promise<ViewingPass>) {
  const asked: string[] = [];
  const api = {
    request: <T>(path: string) => {
      asked.push(path);
      return answer() as Promise<T>;
    },
  };
  return { asked, passes: new Passes(api, 'evening', given, () => NOW) };
}

describe('viewing passes', () => {
  afterEach(() => void vi.useRealTimers());

  it.each([['behind', -10], ['ahead', 10]])('are renewed by the clock of the server, also on a phone that is %s', async (_side, minutes) => {
    vi.useFakeTimers({ now: NOW + minutes * 60_000 });
    const opened: string[] = [];
    for (const [name, inS] of [['old', 60], ['good', 300]] as const) {
      const api = { request: () => Promise.resolve(pass('new', 400)) } as unknown as Api;
      const engine = await passEngine(api, { slug: 'evening', pass: pass(name, inS), isPlain: false, session: '', now: () => NOW });
      await (engine as unknown as SetUp)({ open: (_method, url) => opened.push(url) }, '/hls/evening/x');
    }
    expect(opened).toEqual(['/hls/evening/pass/new/x', '/hls/evening/pass/good/x']);
  });

  it('send each request with the newest pass, whatever its address says', async () => {
    const { asked, passes: made } = passes(pass('a', 300), () => Promise.reject(new Error('not asked')));
    expect(await made.address('https://shop.test/hls/evening/index.m3u8')).toBe('https://shop.test/hls/evening/pass/a/index.m3u8');
    expect(await made.address('/hls/evening/pass/old/1/720p/3.m4s')).toBe('/hls/evening/pass/a/1/720p/3.m4s');
    expect(asked).toEqual([]);
  });

  it('are renewed in time, once for all requests of the moment', async () => {
    const { asked, passes: made } = passes(pass('a', 60), () => Promise.resolve(pass('b', 400)));
    const addresses = await Promise.all([made.address('/hls/evening/x'), made.address('/hls/evening/y')]);
    expect(addresses).toEqual(['/hls/evening/pass/b/x', '/hls/evening/pass/b/y']);
    expect(asked).toEqual(['/shows/evening/pass']);
  });

  it('are used to their end when no new one can be had, and not beyond it', async () => {
    const refuse = () => Promise.reject(new Error('no right'));
    expect(await passes(pass('a', 60), refuse).passes.address('/hls/evening/x')).toBe('/hls/evening/pass/a/x');
    await expect(passes(pass('a', -1), refuse).passes.address('/hls/evening/x')).rejects.toThrow('no right');
    await expect(passes(null, refuse).passes.address('/hls/evening/x')).rejects.toThrow('no right');
  });

  it('give the engine of the browser its next address in time, at the moment that a recording had come to', async () => {
    vi.useFakeTimers({ now: NOW });
    vi.stubGlobal('fetch', () => Promise.reject(new Error('no text')));
    let asked = 0;
    const api = { request: <T>() => Promise.resolve(pass(`p${(asked += 1)}`, 700) as T) };
    const video = Object.assign(new EventTarget(), {
      src: '', currentTime: 0, duration: 3600, paused: false, play: () => Promise.resolve(), load: () => undefined,
      removeAttribute: () => undefined, seekable: { length: 0 }, error: null,
    }); // prettier-ignore
    const failed = vi.fn();
    const events = { onChange: () => undefined, onBroadcast: () => undefined, onFatal: failed };
    const clock = () => Date.now();
    const engine = new NativePassEngine(video as unknown as HTMLVideoElement, events, new Passes(api, 'evening', pass('p0', 300), clock));
    engine.load('/hls/evening/index.m3u8', 5);
    await vi.advanceTimersByTimeAsync(0);
    video.dispatchEvent(new Event('loadedmetadata'));
    expect([video.src, video.currentTime]).toEqual(['/hls/evening/pass/p0/index.m3u8', 5]);
    video.currentTime = 214;
    await vi.advanceTimersByTimeAsync(211_000); // 89 s before its end
    expect(video.src).toBe('/hls/evening/pass/p1/index.m3u8');
    video.currentTime = 0; // as a new address begins
    video.dispatchEvent(new Event('loadedmetadata'));
    expect(video.currentTime).toBe(214);
    engine.destroy();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([asked, failed.mock.calls]).toEqual([1, []]);
  });
});
