/** The curves of a source's health: points in, a drawn line and its words out. No DOM. */
import type { HealthCurves, SourceCurve } from '../api/schema.ts';
import { t, type ConsoleText } from './texts.ts';

/** A second of one source: when (s since 1970), and the value; null: nobody knows it. */
export type Point = readonly [atS: number, value: number | null];

export type { HealthCurves, SourceCurve };

export interface Measure {
  /** A column of the answer, or `level`, which the browser measures. */
  readonly name: string;
  readonly label: ConsoleText;
  readonly unit: ConsoleText;
  /** The highest value that the drawing shows at least, so that nothing looks like a mountain. */
  readonly span: number;
  readonly digits: number;
}

export const MEASURES: readonly Measure[] = [
  { name: 'kbps', label: 'curves.kbps', unit: 'curves.unitKbps', span: 1000, digits: 0 },
  { name: 'fps', label: 'curves.fps', unit: 'curves.unitFps', span: 30, digits: 1 },
  { name: 'keyframe_s', label: 'curves.keyframe', unit: 'curves.unitS', span: 4, digits: 1 },
  { name: 'missing', label: 'curves.missing', unit: 'curves.unitPictures', span: 10, digits: 0 },
  { name: 'duplicated', label: 'curves.duplicated', unit: 'curves.unitPictures', span: 10, digits: 0 },
  { name: 'wait_ms', label: 'curves.wait', unit: 'curves.unitMs', span: 300, digits: 0 },
  { name: 'still_s', label: 'curves.still', unit: 'curves.unitS', span: 10, digits: 0 },
  { name: 'silent_s', label: 'curves.silent', unit: 'curves.unitS', span: 10, digits: 0 },
  { name: 'drift_ms', label: 'curves.drift', unit: 'curves.unitMs', span: 200, digits: 0 },
  { name: 'round_trip_ms', label: 'curves.roundTrip', unit: 'curves.unitMs', span: 200, digits: 0 },
  { name: 'packets_lost', label: 'curves.lost', unit: 'curves.unitPackets', span: 10, digits: 0 },
];

/** The sound of the preview, measured in this browser. */
export const LEVEL: Measure = { name: 'level', label: 'curves.level', unit: 'curves.unitDb', span: 0, digits: 0 };

/** A longer hole in the points is drawn as one: nothing was sent. */
const HOLE_S = 4;
const YOUNG_S = 60;

export const LIMITS = { missing: 10, duplicated: 10, waitMs: 700, driftMs: 1000, roundTripMs: 250, lostPerMinute: 30, clipDb: -0.2 } as const;

/** The known points with the new ones behind them; what is older than the window is left out. */
export function joined(known: HealthCurves | null, latest: HealthCurves): HealthCurves {
  const from = latest.now_s - latest.window_s;
  const roles = new Set([...(known?.sources ?? []), ...latest.sources].map((one) => one.role));
  const pointsOf = (curves: HealthCurves | null, role: string) => curves?.sources.find((one) => one.role === role)?.points ?? [];
  const sources = [...roles].map((role) => {
    const before = pointsOf(known, role);
    const lastS = before.at(-1)?.[0] ?? 0;
    const added = pointsOf(latest, role).filter((point) => (point[0] ?? 0) > (lastS ?? 0));
    return { role, points: [...before, ...added].filter((point) => (point[0] ?? 0) > from) };
  });
  return { ...latest, sources: sources.filter((one) => one.points.length > 0) };
}

/** The moment of the latest point, s; 0 without one. */
export function latestS(curves: HealthCurves | null): number {
  return Math.max(0, ...(curves?.sources ?? []).map((one) => one.points.at(-1)?.[0] ?? 0));
}

/** The seconds that are drawn: a young stream is not a point at the edge of ten minutes. */
export function windowOf(curves: HealthCurves): number {
  const first = Math.min(...curves.sources.map((one) => one.points[0]?.[0] ?? curves.now_s));
  return Math.min(curves.window_s, Math.max(YOUNG_S, curves.now_s - first));
}

/** One measure of a source; empty where nobody ever knew it. */
export function seriesOf(curves: HealthCurves, source: SourceCurve, name: string): readonly Point[] {
  const column = curves.columns.indexOf(name) + 1;
  if (column === 0) return [];
  const points = source.points.map((point): Point => [point[0] ?? 0, point[column] ?? null]);
  return points.some(([, value]) => value !== null) ? points : [];
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** The `d` of an SVG path over the window that ends at `nowS`; holes stay holes. */
export function pathOf(points: readonly Point[], measure: Measure, box: Box, nowS: number, windowS: number): string {
  const [low, high] = boundsOf(points, measure);
  const parts: string[] = [];
  let beforeS: number | null = null;
  for (const [atS, value] of points) {
    if (value === null || atS < nowS - windowS) {
      beforeS = null;
      continue;
    }
    const x = box.width * (1 - (nowS - atS) / windowS);
    const y = box.height * (1 - (value - low) / (high - low));
    const isNew = beforeS === null || atS - beforeS > HOLE_S;
    parts.push(`${isNew ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`);
    beforeS = atS;
  }
  return parts.join('');
}

function boundsOf(points: readonly Point[], measure: Measure): readonly [number, number] {
  if (measure === LEVEL) return [-60, 0];
  const values = points.map(([, value]) => value ?? 0);
  const low = Math.min(0, ...values);
  return [low, Math.max(low + measure.span, ...values.map((value) => value * 1.1))];
}

/** "2,510 kbit/s now, 1,900 to 2,700 in ten minutes": what the line tells to who sees it. */
export function wordsOf(points: readonly Point[], measure: Measure, language: string): string {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const last = values.at(-1);
  if (last === undefined) return t('curves.unknown');
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: measure.digits });
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => format.format(value));
  const now = `${format.format(last)} ${t(measure.unit)}`;
  return low === high ? t('curves.steady', { now }) : t('curves.range', { now, low: String(low), high: String(high) });
}

export interface CurveFinding {
  readonly words: string;
  readonly advice: string;
}

/** What is wrong with a source's line now, with the remedy. */
export function findingsOf(curves: HealthCurves, source: SourceCurve): readonly CurveFinding[] {
  const last = (name: string): number => seriesOf(curves, source, name).at(-1)?.[1] ?? 0;
  const found: CurveFinding[] = [];
  const note = (isWrong: boolean, words: ConsoleText, advice: ConsoleText, n: number): void => {
    if (isWrong) found.push({ words: t(words, { n: Math.round(n) }), advice: t(advice) });
  };
  note(last('missing') >= LIMITS.missing, 'curves.missingFound', 'curves.lineAdvice', last('missing'));
  note(last('duplicated') >= LIMITS.duplicated, 'curves.duplicatedFound', 'curves.duplicatedAdvice', last('duplicated'));
  note(last('wait_ms') >= LIMITS.waitMs, 'curves.waitFound', 'curves.lineAdvice', last('wait_ms'));
  const drift = last('drift_ms');
  note(Math.abs(drift) >= LIMITS.driftMs, 'curves.driftFound', 'curves.driftAdvice', Math.abs(drift));
  note(last('round_trip_ms') >= LIMITS.roundTripMs, 'curves.roundTripFound', 'curves.roundTripAdvice', last('round_trip_ms'));
  const lost = lostInAMinute(seriesOf(curves, source, 'packets_lost'));
  note(lost >= LIMITS.lostPerMinute, 'curves.lostFound', 'curves.lineAdvice', lost);
  return found;
}

/** The count only grows, until an encoder comes back and begins anew. */
function lostInAMinute(points: readonly Point[]): number {
  const last = points.at(-1);
  if (!last) return 0;
  const before = points.find(([atS, value]) => atS >= last[0] - 60 && value !== null);
  return Math.max(0, (last[1] ?? 0) - (before?.[1] ?? 0));
}

/** How many of these seconds were at the very top: the sound was cut there. */
export function clippedS(points: readonly Point[]): number {
  return points.filter(([, value]) => value !== null && value >= LIMITS.clipDb).length;
}
