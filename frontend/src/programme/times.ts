/** Times in words on server-rendered pages. Pure. */
import { whenText, type WhenStyle } from '../format/when.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Farther away than this, the day itself says more than a count of days. */
const NEAR_MS = 7 * 24 * HOUR_MS;

export function localTime(iso: string, language: string, style: string): string | null {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? null : whenText(moment, language, style as WhenStyle);
}

/** "in 3 hours", "in 12 minutes"; null for what is far away or over. Rounded down: nobody comes too late by it. */
export function untilWords(iso: string, nowMs: number, language: string): string | null {
  const leftMs = Date.parse(iso) - nowMs;
  if (!(leftMs > 0 && leftMs <= NEAR_MS)) return null;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'always' });
  if (leftMs >= 48 * HOUR_MS) return format.format(Math.floor(leftMs / (24 * HOUR_MS)), 'day');
  if (leftMs >= 2 * HOUR_MS) return format.format(Math.floor(leftMs / HOUR_MS), 'hour');
  return format.format(Math.max(1, Math.floor(leftMs / MINUTE_MS)), 'minute');
}

/** What is left until a moment: a clock in the last hour, the moment itself before. */
export function leftWords(iso: string, leftMs: number, language: string): string {
  return leftMs > HOUR_MS ? (localTime(iso, language, 'full') ?? '') : clockWords(leftMs);
}

/** "4:07": minutes and seconds that are left, rounded up; hours stay in the minutes. */
function clockWords(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
