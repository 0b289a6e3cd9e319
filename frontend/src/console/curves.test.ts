import { describe, expect, it } from 'vitest';
import { LEVEL, MEASURES, clippedS, findingsOf, joined, latestS, pathOf, seriesOf, windowOf, wordsOf, type HealthCurves, type Measure } from './curves.ts';

const COLUMNS = ['kbps', 'missing', 'round_trip_ms', 'packets_lost'];

function curves(nowS: number, ...points: (number | null)[][]): HealthCurves {
  return { now_s: nowS, window_s: 600, columns: COLUMNS, sources: [{ role: 'primary', points }] };
}

function measure(name: string): Measure {
  const found = MEASURES.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
}

describe('curves of health', () => {
  it('grow by what is new and forget what is older than the window', () => {
    const known = joined(null, curves(1000, [399, 1, 0, null, null], [401, 2, 0, null, null], [1000, 3, 0, null, null]));
    expect(known.sources[0]?.points.map((point) => point[0])).toEqual([401, 1000]);
    expect(latestS(known)).toBe(1000);
    const later = joined(known, curves(1002, [1000, 9, 0, null, null], [1001, 4, 0, null, null]));
    expect(later.sources[0]?.points.map((point) => point[1])).toEqual([3, 4]);
    expect(joined(later, { ...curves(5000), sources: [] }).sources).toEqual([]);
    expect(latestS(null)).toBe(0);
    expect([known, later].map(windowOf)).toEqual([599, 60]);
  });

  it('draw a line with a hole where nothing was sent', () => {
    const points = [[400, 0], [401, 1000], [500, 1100], [501, null], [502, 0]] as const;
    expect(pathOf(points, measure('kbps'), { width: 600, height: 121 }, 1000, 600)).toBe(
      'M0.0 121.0L1.0 21.0M100.0 11.0M102.0 121.0',
    );
    expect(pathOf([[1000, -60], [1001, 0]], LEVEL, { width: 601, height: 60 }, 1001, 601)).toBe('M600.0 60.0L601.0 0.0');
  });

  it('say in words what the line shows', () => {
    const all = curves(10, [8, 1900, 0, null, null], [9, 2700, 0, null, null], [10, 2510, 0, null, null]);
    const [source] = all.sources;
    if (!source) throw new Error('no source');
    expect(wordsOf(seriesOf(all, source, 'kbps'), measure('kbps'), 'en')).toBe('2,510 kbit/s now, 1,900 to 2,700');
    expect(wordsOf(seriesOf(all, source, 'missing'), measure('missing'), 'en')).toBe('0 pictures/min');
    expect(seriesOf(all, source, 'round_trip_ms')).toEqual([]);
    expect(seriesOf(all, source, 'unheard_of')).toEqual([]);
  });

  it('find what is wrong with the line, and the remedy', () => {
    const bad = curves(70, [5, 2000, 0, 40, 100], [12, 2000, 0, 40, 100], [70, 2000, 42, 300, 150]);
    const words = findingsOf(bad, bad.sources[0] ?? { role: 'primary', points: [] });
    expect(words.map((one) => one.words)).toEqual([
      '42 pictures of the last minute are missing.',
      'The way there and back takes 300 ms.',
      '50 packets of the last minute were lost for good.',
    ]);
    const good = curves(70, [12, 2000, 0, 40, 100], [70, 2000, 3, 40, 110]);
    expect(findingsOf(good, good.sources[0] ?? { role: 'primary', points: [] })).toEqual([]);
  });

  it('count the seconds in which the sound was cut', () => {
    expect(clippedS([[1, -6], [2, 0], [3, -0.1], [4, null]])).toBe(2);
  });
});
