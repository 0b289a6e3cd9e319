import type { ReactiveController } from 'lit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Redrawing } from './redrawing.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('an element is drawn again only while something in it moves, and not when it is taken out', () => {
  let draws = 0;
  let isMoving = false;
  const parts: ReactiveController[] = [];
  const draw = () => {
    draws += 1;
    for (const part of parts) part.hostUpdated?.();
  };
  new Redrawing({ addController: (part) => parts.push(part), removeController: () => undefined, requestUpdate: draw, updateComplete: Promise.resolve(true) }, 250, () => isMoving);
  const after = (ms: number) => {
    draws = 0;
    vi.advanceTimersByTime(ms);
    return [draws, vi.getTimerCount()];
  };
  for (const part of parts) part.hostConnected?.();
  expect(after(1000)).toEqual([0, 0]);
  isMoving = true;
  draw();
  expect(after(1000)).toEqual([4, 1]);
  isMoving = false;
  expect(after(1000)).toEqual([1, 0]);
  isMoving = true;
  draw();
  for (const part of parts) part.hostDisconnected?.();
  draw(); // one that was on its way
  expect(after(1000)).toEqual([0, 0]);
});
