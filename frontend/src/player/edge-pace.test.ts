import { describe, expect, it } from 'vitest';
import { EngineChoice } from './engine-choice.ts';
import { EdgeSpans, stampOf } from './edge-fragment.ts';
import { EdgePace } from './edge-pace.ts';

describe('EdgePace', () => {
  it('keeps a quarter of a second, by speed and by jumps', () => {
    const pace = new EdgePace();
    expect(pace.move(0.28, 1)).toEqual({ speed: 1, jumpS: 0 });
    expect(pace.move(0.45, 1)).toEqual({ speed: 1.05, jumpS: 0 });
    expect(pace.move(1.2, 1)).toEqual({ speed: 1.08, jumpS: 0 });
    expect(pace.move(2.25, 1)).toEqual({ speed: 1, jumpS: 2 });
    expect(pace.move(0.1, 1)).toEqual({ speed: 0.97, jumpS: 0 });
  });

  it('keeps more after a stall, and less again when it is calm', () => {
    const pace = new EdgePace();
    expect(pace.stalled(10)).toBe(false);
    expect(pace.targetS).toBeCloseTo(0.33);
    pace.move(0.3, 26);
    expect(pace.targetS).toBeCloseTo(0.29);
    pace.move(0.3, 42);
    expect(pace.targetS).toBeCloseTo(0.25);
  });

  it('gives up where the line stalls too often, not where it does now and then', () => {
    const pace = new EdgePace();
    expect([0, 20, 40, 60, 80, 100].map((atS) => pace.stalled(atS))).not.toContain(true);
    expect([200, 205, 210, 215, 220].map((atS) => pace.stalled(atS))).toEqual([false, false, false, false, true]);
  });
});

describe('stampOf', () => {
  it('reads the moment of the picture and its place in the run', () => {
    const hex = '0000002070726674010000080000000100000000000000000000000000000000';
    const data = new Uint8Array(hex.match(/../g)!.map((byte) => Number.parseInt(byte, 16))).buffer;
    const view = new DataView(data);
    view.setUint32(16, 1_772_389_800 + 2_208_988_800);
    view.setUint32(20, Math.floor((33 * 2 ** 32) / 1000));
    view.setBigUint64(24, 4_000_000_033n);
    expect(stampOf(data)).toEqual({ pictureMs: 1_772_389_800_033, mediaS: 4000.000033 });
  });

  it('finds none in an init segment', () => {
    expect(stampOf(new ArrayBuffer(64))).toBeNull();
    expect(stampOf(new ArrayBuffer(8))).toBeNull();
  });
});

describe('EdgeSpans', () => {
  it('joins pictures of one clock, and begins anew where the clock moves or a rung repeats pictures', () => {
    const spans = new EdgeSpans();
    for (const n of [0, 1, 2]) spans.add(n / 30, 1000 + Math.round((n * 1000) / 30));
    spans.add(2 / 30, 1067); // once more, of another rung
    expect(spans.spans).toEqual([{ startS: 0, durationS: 2 / 30, pdtMs: 1000 }]);
    spans.add(0.1, 1350);
    spans.add(0.2, 1450);
    expect(spans.spans).toEqual([
      { startS: 0, durationS: 2 / 30, pdtMs: 1000 },
      { startS: 0.1, durationS: 0.1, pdtMs: 1350 },
    ]);
    spans.trim(0.15);
    expect(spans.spans).toHaveLength(1);
  });
});

describe('EngineChoice', () => {
  const usual = () => Promise.reject(new Error('unused'));
  const edge = () => Promise.reject(new Error('unused'));

  it('tries the edge again after a time that doubles, and after the first time when it was good', () => {
    const choice = new EngineChoice(usual, edge);
    expect(choice.isEdgeWanted(0)).toBe(true);
    choice.failed(0);
    expect([29, 30].map((atS) => choice.isEdgeWanted(atS))).toEqual([false, true]);
    choice.began(30);
    choice.failed(31);
    expect([90, 91].map((atS) => choice.isEdgeWanted(atS))).toEqual([false, true]);
    choice.began(100);
    choice.failed(200);
    expect([229, 230].map((atS) => choice.isEdgeWanted(atS))).toEqual([false, true]);
  });

  it('leaves the edge for an earlier picture until the viewer comes back', () => {
    const choice = new EngineChoice(usual, edge);
    choice.leave();
    expect(choice.choose(true, 0).isEdge).toBe(false);
    choice.comeBack();
    expect(choice.choose(true, 0).isEdge).toBe(true);
    expect(choice.choose(false, 0).isEdge).toBe(false);
    expect(new EngineChoice(usual, null).choose(true, 0).isEdge).toBe(false);
  });
});
