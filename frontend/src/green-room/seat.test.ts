import { describe, expect, it } from 'vitest';
import { levelOf } from './seat.ts';

describe('the line in a word', () => {
  it.each([
    [{ roundTripMs: 40, loss: 0, isNarrow: false }, 'good'],
    [{ roundTripMs: 300, loss: 0, isNarrow: false }, 'fair'],
    [{ roundTripMs: 40, loss: 0.03, isNarrow: false }, 'fair'],
    [{ roundTripMs: 40, loss: 0, isNarrow: true }, 'fair'],
    [{ roundTripMs: 40, loss: 0.1, isNarrow: false }, 'weak'],
    [{ roundTripMs: 700, loss: 0, isNarrow: true }, 'weak'],
  ] as const)('%o is %s', (line, level) => {
    expect(levelOf(line)).toBe(level);
  });
});
