/** How times are said on server-rendered pages. Pure. */
const FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  full: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Farther away than this, the day itself says more than a count of days. */
const NEAR_MS = 7 * 24 * HOUR_MS;

export function localTime(iso: string, language: string, style: string, timeZone?: string): string | null {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return null;
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(language, { ...FORMATS[style], ...zone }).format(moment);
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
