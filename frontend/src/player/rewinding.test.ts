/** The player of a live show that is rewound, with an engine and a video element of the test's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AGE_S, atS, CHECK_MS, live, WINDOW_S } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a live show', () => {
  it('can be sought from its start on, though the live window has its end alone', async () => {
    const { player } = await live();
    expect([player.state.startS, player.state.endS]).toEqual([WINDOW_S - AGE_S, WINDOW_S]);
    expect(player.state.isRewound).toBe(false);
    player.destroy();
    const { player: unknown } = await live(null); // a preview
    expect(unknown.state.startS).toBe(0);
    unknown.destroy();
  });

  it('is sought within the live window without another playlist', async () => {
    const { player, video, loads } = await live();
    player.seekTo(100);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.currentTime, loads().length, player.state.isRewound]).toEqual([100, 1, false]);
    player.destroy();
  });

  it('goes to a picture before the window in the playlist of the whole show, and is corrected by that', async () => {
    const { player, video, engines, loads } = await live();
    expect(player.seekToPicture(atS(600))).toBe(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().slice(1)).toEqual([{ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 600 }]);
    expect(engines[0]!.isDestroyed).toBe(true);
    expect([player.state.isRewound, player.state.isBehind, player.pictureTimeMs]).toEqual([true, true, atS(600)]);
    expect(player.state.startS).toBe(0);
    player.seekTo(0);
    expect(video.currentTime).toBe(0);
    player.seekToLive();
    // Of the pictures behind the loss the clock says too much.
    player.seekToPicture(atS(2400));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().slice(-2).map(({ startS }) => startS)).toEqual([2400, 2340]);
    expect(player.pictureTimeMs).toBe(atS(2400));
    player.destroy();
  });

  it('goes back to the live window at once, at normal speed', async () => {
    const { player, video, loads } = await live();
    player.seekToPicture(atS(60));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    player.setSpeed(1.5);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.playbackRate, player.state.speed]).toEqual([1.5, 1.5]);
    player.seekToLive();
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/index.m3u8', startS: null });
    expect([player.state.isRewound, player.state.speed, video.playbackRate]).toEqual([false, 1, 1]);
    player.destroy();
  });

  it('is live again when a faster playback has caught up with now', async () => {
    const { player, video, loads } = await live();
    player.seekToPicture(atS(60));
    player.setSpeed(2);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    video.currentTime = video.endS - 5; // five seconds behind
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(player.state.isRewound).toBe(true);
    video.currentTime = video.endS - 3;
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([player.state.isRewound, player.state.speed]).toEqual([false, 1]);
    expect(loads().at(-1)!.startS).toBeNull();
    player.destroy();
  });

  it('stays at its picture when the window moves on under somebody who chose it', async () => {
    const { player, video, engines, loads } = await live();
    player.seekTo(4); // four seconds from where the window ends
    const pictureMs = player.pictureTimeMs!;
    await vi.advanceTimersByTimeAsync(2 * CHECK_MS);
    expect([player.state.isRewound, loads().length]).toEqual([true, 3]);
    expect(player.pictureTimeMs).toBe(pictureMs);
    expect(engines.at(-1)!.isDestroyed).toBe(false);
    expect(video.paused).toBe(false);
    player.destroy();
  });

  it('is loaded again at its picture after a fault, and anew when another show is loaded', async () => {
    const { player, video, engines, loads } = await live();
    player.seekToPicture(atS(600));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    video.currentTime = 700;
    engines.at(-1)!.events.onFatal('gone');
    await vi.advanceTimersByTimeAsync(1000);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 700 });
    player.load('/hls/evening/index.m3u8', 0);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/index.m3u8', startS: 0 });
    expect(player.state.isRewound).toBe(false);
    player.destroy();
  });
});

describe('sound only and data saving, by choice', () => {
  it('keep a live show live, and a picture of before at its place', async () => {
    const { player, engines, loads } = await live();
    player.setSoundOnly(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/audio.m3u8', startS: null });
    expect([player.state.isSoundOnly, player.state.isSoundChosen, player.state.isBehind]).toEqual([true, true, false]);
    player.seekToPicture(atS(60));
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/audio.m3u8', startS: 60 });
    player.setSoundOnly(false);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect(loads().at(-1)).toEqual({ url: '/hls/evening/pass/7-x/rewind/index.m3u8', startS: 60 });
    player.setSaving(true);
    expect([engines.at(-1)?.isSaving, player.state.isSaving]).toEqual([true, true]);
    player.seekToLive();
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([loads().at(-1)?.url, engines.at(-1)?.isSaving]).toEqual(['/hls/evening/pass/7-x/index.m3u8', true]);
    player.destroy();
  });

  it('go on at the picture that was chosen within the live window', async () => {
    const { player, video } = await live();
    player.seekTo(100);
    player.setSoundOnly(true);
    await vi.advanceTimersByTimeAsync(CHECK_MS);
    expect([video.currentTime, player.state.isSoundOnly]).toEqual([100, true]);
    player.destroy();
  });
});
