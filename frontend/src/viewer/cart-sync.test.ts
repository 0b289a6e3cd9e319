import { describe, expect, it } from 'vitest';
import type { News } from '../timeline-client/own-state.ts';
import { CartSync } from './cart-sync.ts';

const OPENED_MS = Date.parse('2026-03-01T19:00:00.000Z');
const order = (seq: number, at: string): News => ({ seq, at, kind: 'order.news', body: { number: 'A-1', state: 'placed', payment_state: 'authorized' } });

class Channel extends EventTarget {
  readonly sent: unknown[] = [];
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

function page(shown = 0) {
  const channel = new Channel();
  let reloads = 0;
  const sync = new CartSync({ reload: () => (reloads += 1), cartVersion: () => shown, openedMs: OPENED_MS, channel: channel as unknown as BroadcastChannel });
  return { sync, channel, reloads: () => reloads };
}

describe('a cart in several pages', () => {
  it('is asked for when another page has changed it, and that is not told on', () => {
    const { channel, reloads } = page();
    channel.dispatchEvent(new Event('message'));
    expect([reloads(), channel.sent.length]).toEqual([1, 0]);
  });

  it('is told of without being asked for', () => {
    const { sync, channel, reloads } = page();
    sync.tell();
    expect([reloads(), channel.sent.length]).toEqual([0, 1]);
  });

  it('is asked for once for each news of an order that came since the page was opened', () => {
    const { sync, reloads } = page();
    const before = order(4, '2026-03-01T18:59:59.000Z');
    sync.look({ cartVersion: 0, keptSeq: 0, news: [before] });
    expect(reloads()).toBe(0);
    const placed = order(5, '2026-03-01T19:00:01.000Z');
    sync.look({ cartVersion: 0, keptSeq: 0, news: [placed, before] });
    sync.look({ cartVersion: 0, keptSeq: 0, news: [placed, before] });
    expect(reloads()).toBe(1);
    sync.look({ cartVersion: 0, keptSeq: 0, news: [order(6, '2026-03-01T19:00:02.000Z'), placed, before] });
    expect(reloads()).toBe(2);
  });

  it('is asked for once when something is kept for the person', () => {
    const { sync, reloads } = page();
    sync.look({ cartVersion: 0, keptSeq: 7, news: [] });
    sync.look({ cartVersion: 0, keptSeq: 7, news: [] });
    expect(reloads()).toBe(1);
  });

  it('is asked for when another device of the member has changed it', () => {
    const { sync, reloads } = page(3);
    sync.look({ cartVersion: 3, keptSeq: 0, news: [] }); // this page's own change
    expect(reloads()).toBe(0);
    sync.look({ cartVersion: 4, keptSeq: 0, news: [] });
    sync.look({ cartVersion: 4, keptSeq: 0, news: [] });
    expect(reloads()).toBe(1);
  });

  it('is asked for once when an order, another device and what is kept are told together', () => {
    const { sync, reloads } = page();
    sync.look({ cartVersion: 4, keptSeq: 7, news: [order(8, '2026-03-01T19:00:01.000Z')] });
    sync.look({ cartVersion: 4, keptSeq: 7, news: [order(8, '2026-03-01T19:00:01.000Z')] });
    expect(reloads()).toBe(1);
  });
});
