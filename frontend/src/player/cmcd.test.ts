import { describe, expect, it } from 'vitest';
import { StallMeter, cmcdLine } from './cmcd.ts';

describe('a line of CMCD', () => {
  const playback = { session: 'abcd-1234', content: 'evening', nowMs: 5000.4, isLive: true, status: 'playing', latencyMs: 1149, bufferMs: 951, dropped: 3 };

  it('has its keys in order, and no latency of a picture that is not live', () => {
    expect(cmcdLine(playback, 250)).toBe('bl=1000,bsd=250,cid="evening",dfa=3,e=t,ltc=1100,sf=h,sid="abcd-1234",st=l,sta=p,ts=5000,v=2');
    expect(cmcdLine({ ...playback, isLive: false, latencyMs: null, status: 'waiting' }, 0)).toBe(
      'bl=1000,bsd=0,cid="evening",dfa=3,e=t,sf=h,sid="abcd-1234",st=v,sta=r,ts=5000,v=2',
    );
  });
});

describe('the meter of stalls', () => {
  it('adds up each stall once, also one that goes on', () => {
    const meter = new StallMeter();
    meter.look(false, 0);
    meter.look(true, 100);
    meter.look(true, 350);
    meter.look(false, 600);
    meter.look(true, 1000);
    expect(meter.take(1200)).toBe(700);
    expect(meter.take(1500)).toBe(300);
    meter.look(false, 1600);
    expect([meter.take(1700), meter.take(1800)]).toEqual([100, 0]);
  });
});
