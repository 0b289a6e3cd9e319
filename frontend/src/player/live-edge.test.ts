import { describe, expect, it } from 'vitest';
import { LiveKeeper, speedFor } from './live-edge.ts';

describe('speedFor', () => {
  it('plays as it was made when the picture is in its place', () => {
    expect(speedFor({ behindS: 0.04, aheadS: 1 }, 1.1)).toBe(1);
    expect(speedFor({ behindS: -2, aheadS: 3 }, 1.1)).toBe(1);
  });

  it('catches up in proportion, and never faster than it may', () => {
    expect(speedFor({ behindS: 0.06, aheadS: 1.2 }, 1.1)).toBe(1.01);
    expect(speedFor({ behindS: 0.25, aheadS: 1.2 }, 1.1)).toBe(1.05);
    expect(speedFor({ behindS: 0.5, aheadS: 1.2 }, 1.1)).toBe(1.1);
    expect(speedFor({ behindS: 30, aheadS: 10 }, 1.2)).toBe(1.2);
  });

  it('never plays into an empty buffer', () => {
    expect(speedFor({ behindS: 2, aheadS: 0.4 }, 1.1)).toBe(1);
  });
});

describe('LiveKeeper', () => {
  it('runs when it is a little behind', () => {
    expect(new LiveKeeper(1.1).move({ behindS: 2.9, aheadS: 2 }, 100)).toEqual({ speed: 1.1, jumpS: 0 });
  });

  it('jumps to now when it is far behind and everything up to now is here', () => {
    const keeper = new LiveKeeper(1.1);
    expect(keeper.move({ behindS: 17.7, aheadS: 18.2 }, 100)).toEqual({ speed: 1, jumpS: 17.7 });
  });

  it('jumps when it is behind by more than a player buffers', () => {
    expect(new LiveKeeper(1.1).move({ behindS: 120, aheadS: 10 }, 100).jumpS).toBe(120);
    expect(new LiveKeeper(1.1).move({ behindS: 120, aheadS: 9.9 }, 100).jumpS).toBe(0);
  });

  it('does not jump beyond the buffer', () => {
    expect(new LiveKeeper(1.1).move({ behindS: 17.7, aheadS: 4 }, 100)).toEqual({ speed: 1.1, jumpS: 0 });
  });

  it('waits until the line has been good for a while', () => {
    const keeper = new LiveKeeper(1.1);
    keeper.stalled(100);
    expect(keeper.move({ behindS: 17.7, aheadS: 18.2 }, 105.9).jumpS).toBe(0);
    expect(keeper.move({ behindS: 17.7, aheadS: 18.2 }, 106).jumpS).toBeCloseTo(17);
  });

  it('does not run either while the line stalls', () => {
    const keeper = new LiveKeeper(1.1);
    keeper.stalled(100);
    expect(keeper.move({ behindS: 15, aheadS: 3 }, 105.9)).toEqual({ speed: 1, jumpS: 0 });
    expect(keeper.move({ behindS: 15, aheadS: 3 }, 106)).toEqual({ speed: 1.1, jumpS: 0 });
    expect(keeper.move({ behindS: 15, aheadS: 2.4 }, 106)).toEqual({ speed: 1, jumpS: 0 });
  });

  it('goes to the smallest rung when the line leaves nothing to show, and not again at once', () => {
    const keeper = new LiveKeeper(1.1);
    const looks = [0, 0.25, 0.5, 0.75, 1, 4, 4.5, 4.75].map((atS) => keeper.easesOff(true, true, 100 + atS));
    expect(looks).toEqual([false, false, true, false, false, false, true, false]);
  });

  it('waits where the line is not at fault, or there is something to show', () => {
    const keeper = new LiveKeeper(1.1);
    for (let n = 0; n < 9; n += 1) {
      expect(keeper.easesOff(true, false, 100 + n)).toBe(false);
      expect(keeper.easesOff(false, true, 200 + n)).toBe(false);
    }
  });

  it('does not jump again and again', () => {
    const keeper = new LiveKeeper(1.1);
    expect(keeper.move({ behindS: 8, aheadS: 9 }, 100).jumpS).toBe(8);
    expect(keeper.move({ behindS: 8, aheadS: 9 }, 111).jumpS).toBe(0);
    expect(keeper.move({ behindS: 8, aheadS: 9 }, 112).jumpS).toBe(8);
  });

  it('leaves a weak line a second more with each stall, up to five, and takes it back slowly', () => {
    const keeper = new LiveKeeper(1.1);
    keeper.stalled(100);
    keeper.stalled(100);
    expect(keeper.move({ behindS: 2, aheadS: 2 }, 106)).toEqual({ speed: 1.06, jumpS: 0 });
    expect(keeper.cushionS(120)).toBe(1);
    expect(keeper.move({ behindS: 2, aheadS: 2 }, 120)).toEqual({ speed: 1.1, jumpS: 0 });
    expect(keeper.cushionS(160)).toBe(0);
    for (let n = 0; n < 9; n += 1) keeper.stalled(200);
    expect(keeper.cushionS(200)).toBe(5);
  });
});
