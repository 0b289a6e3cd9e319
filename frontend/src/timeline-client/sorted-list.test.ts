import { describe, expect, it } from 'vitest';
import { SortedList } from './sorted-list.ts';
import { Track } from './track.ts';

const numbers = (a: number, b: number) => a - b;

describe('a sorted list', () => {
  it('equals an array, in whatever order items come', () => {
    let list = new SortedList<number>(numbers);
    let model: number[] = [];
    let state = 1;
    const pick = (below: number) => (state = (state * 48271) % 2147483647) % below;
    for (let round = 0; round < 300; round += 1) {
      const items = Array.from({ length: pick(40) }, () => pick(5000));
      list = list.with(items);
      model = [...model, ...items].sort(numbers);
      if (round % 9 === 0) {
        const gone = pick(7);
        list = list.without((item) => item % 7 === gone);
        model = model.filter((item) => item % 7 !== gone);
      }
      if (round % 13 === 0) {
        const from = pick(model.length + 1);
        list = list.withoutRange(from, from + 3);
        model.splice(from, 3);
      }
      const limit = pick(5000);
      const bound = model.findIndex((item) => item > limit);
      expect(list.lowerBound((item) => item > limit)).toBe(bound < 0 ? model.length : bound);
      const from = pick(model.length + 1);
      expect(list.slice(from, from + 30)).toEqual(model.slice(from, from + 30));
      expect(list.at(from)).toBe(model[from]);
    }
    expect([...list]).toEqual(model);
    expect(list.length).toBe(model.length);
  });

  it('is itself when nothing changes', () => {
    const list = SortedList.of([3, 1, 2], numbers);
    expect(list.with([])).toBe(list);
    expect(list.without((item) => item > 9)).toBe(list);
    expect(list.map((item) => item)).toBe(list);
    expect([...list.map((item) => item * 2)]).toEqual([2, 4, 6]);
  });

  it('drops the oldest in pieces', () => {
    const list = SortedList.of(Array.from({ length: 2000 }, (_, n) => n), numbers).lastAbout(1000);
    expect(list.length).toBeLessThanOrEqual(1000);
    expect(list.length).toBeGreaterThan(700);
    expect(list.at(list.length - 1)).toBe(1999);
  });
});

describe('a track', () => {
  it('holds the last value told for a picture up to it', () => {
    const track = new Track<string>()
      .set({ pictureMs: 10, seq: 1, value: 'a' })
      .set({ pictureMs: 8, seq: 2, value: 'b' }) // someone looking at an earlier picture had the last word
      .set({ pictureMs: 20, seq: 3, value: 'c' });
    expect([7, 8, 10, 19, 20, 99].map((picture) => track.at(picture))).toEqual([undefined, 'b', 'b', 'b', 'c', 'c']);
    expect(track.next(8)).toBe(20);
    expect(track.next(20)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([0, 500])('is the same in whatever order it becomes known, each %i ms', (everyMs) => {
    let state = 7;
    const pick = (below: number) => (state = (state * 48271) % 2147483647) % below;
    const steps = Array.from({ length: 120 }, (_, n) => ({ pictureMs: n * 150 - pick(900), seq: n + 1, value: n }));
    const whole = steps.reduce((track, step) => track.set(step), new Track<number>(everyMs));
    for (let round = 0; round < 20; round += 1) {
      const shuffled = [...steps].sort(() => pick(3) - 1);
      const other = shuffled.reduce((track, step) => track.set(step), new Track<number>(everyMs));
      expect(other.length).toBe(whole.length);
      for (let picture = -1000; picture < 19_000; picture += 97) expect(other.at(picture)).toBe(whole.at(picture));
    }
  });
});
