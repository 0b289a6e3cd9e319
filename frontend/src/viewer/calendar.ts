/** The show as an iCalendar file (RFC 5545), made here: no account, no service in between. */
import type { ShowSnapshot } from '../api/types.ts';

const ASSUMED_LENGTH_MS = 60 * 60 * 1000;

export function calendarFile(show: Pick<ShowSnapshot, 'slug' | 'title' | 'brand' | 'starts_at'>, url: string, nowMs: number): string {
  const startMs = Date.parse(show.starts_at ?? '');
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Showfloor//EN',
    'BEGIN:VEVENT',
    `UID:${show.slug}@${new URL(url).host}`,
    `DTSTAMP:${stamp(nowMs)}`,
    `DTSTART:${stamp(startMs)}`,
    `DTEND:${stamp(startMs + ASSUMED_LENGTH_MS)}`,
    `SUMMARY:${escape(`${show.title} · ${show.brand.name}`)}`,
    `URL:${url}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map(fold).join('\r\n') + '\r\n';
}

export function downloadCalendar(show: ShowSnapshot): void {
  const file = calendarFile(show, location.origin + location.pathname, Date.now());
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file], { type: 'text/calendar' }));
  link.download = `${show.slug}.ics`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function escape(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n');
}

/** Lines are at most 75 octets long (§3.1); 25 characters of up to three octets each keep to it. */
function fold(line: string): string {
  return line.length <= 25 ? line : (line.match(/.{1,25}/gsu) ?? []).join('\r\n ');
}
