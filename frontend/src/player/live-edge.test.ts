import { describe, expect, it } from 'vitest';
import { speedFor } from './live-edge.ts';

describe('speedFor', () => {
  it('plays as it was made when the picture is in its place', () => {
    expect(speedFor({ behindS: 0.05, aheadS: 1 }, 1.1)).toBe(1);
    expect(speedFor({ behindS: -2, aheadS: 3 }, 1.1)).toBe(1);
  });

  it('catches up in proportion, and never faster than it may', () => {
    expect(speedFor({ behindS: 0.5, aheadS: 1.2 }, 1.1)).toBe(1.05);
    expect(speedFor({ behindS: 1, aheadS: 1.2 }, 1.1)).toBe(1.1);
    expect(speedFor({ behindS: 30, aheadS: 10 }, 1.2)).toBe(1.2);
  });

  it('never plays into an empty buffer', () => {
    expect(speedFor({ behindS: 2, aheadS: 0.4 }, 1.1)).toBe(1);
  });
});
