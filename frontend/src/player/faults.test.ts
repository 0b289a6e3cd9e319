/** What the player does by itself when the network, the server or the browser fails it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CHECK_MS, FakeEngine, live, setUp } from './testing.ts';

const FOREVER_MS = 10 * 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  FakeEngine.isDown = false;
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('tries again after a fault, farther and farther apart, and gives up after some minutes in words', async () => {
  const { player, engines, loads } = await live();
  FakeEngine.isDown = true;
  engines.at(-1)!.events.onFatal('the server is gone');
  expect(player.state.status).toBe('loading');
  await vi.advanceTimersByTimeAsync(3_000);
  expect([loads().length > 2, loads().length < 8]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(FOREVER_MS);
  expect([player.state.status, loads().length]).toEqual(['failed', 41]);
  player.destroy();
});

it('is back at once when the network is, or the page is looked at again', async () => {
  const { player, loads } = await live();
  player.wake();
  expect(loads().length).toBe(1); // nothing was wrong
  FakeEngine.isDown = true;
  player.retry();
  await vi.advanceTimersByTimeAsync(FOREVER_MS);
  FakeEngine.isDown = false;
  player.wake();
  await vi.advanceTimersByTimeAsync(CHECK_MS);
  expect(player.state.status).toBe('playing');
  player.destroy();
});

it('does not wait out a long pause between two tries when it is woken', async () => {
  const { player, loads } = await live();
  FakeEngine.isDown = true;
  player.retry();
  await vi.advanceTimersByTimeAsync(60_000);
  const before = loads().length;
  FakeEngine.isDown = false;
  player.wake();
  await vi.advanceTimersByTimeAsync(1);
  expect([player.state.status, loads().length - before]).toEqual(['playing', 1]);
  player.destroy();
});

it('waits for a tap where the browser lets no picture begin by itself, also after a fault', async () => {
  const { player, video, engines } = setUp();
  video.refusal = Object.assign(new Error('not now'), { name: 'NotAllowedError' });
  player.load('/hls/evening/index.m3u8');
  await vi.advanceTimersByTimeAsync(CHECK_MS);
  expect(player.state.status).toBe('paused');
  engines.at(-1)!.events.onFatal('gone');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(player.state.status).toBe('paused');
  video.refusal = null;
  player.play();
  await vi.advanceTimersByTimeAsync(CHECK_MS);
  expect(player.state.status).toBe('playing');
  player.destroy();
});
