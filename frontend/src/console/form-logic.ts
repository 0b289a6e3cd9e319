/** The decisions of the form of a show while it is filled in. Pure. */

const SLUG_MAX = 60;

/** The address that the server will make of a title, as long as it is free. Empty: it will choose one. */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '') // what has no Latin letter below its accent falls out
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replace(/[-\s]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, SLUG_MAX)
    .replace(/[-_]+$/, '');
}

/** The moment at which clocks in `zone` show the wall time `local` ("2026-05-01T19:00"); null when it is no time. */
export function momentOf(local: string, zone: string): Date | null {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc)) return null;
  // The zone's offset is only known for a moment, so: guess, look, correct, and once more for the hour of a change.
  let moment = asUtc - offsetMs(asUtc, zone);
  moment = asUtc - offsetMs(moment, zone);
  return new Date(moment);
}

/** The zone's distance from UTC at that moment. */
function offsetMs(moment: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(moment / 1000) * 1000;
}
