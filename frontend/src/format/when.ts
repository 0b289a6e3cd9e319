/**
 * The one way in which scripts say a moment: day, year, time and zone. Public pages speak the visitor's own zone, the
 * console the brand's. Pure, but for the zone that a page has chosen.
 */
export type WhenStyle = 'full' | 'day' | 'time' | 'clock';

const FORMATS: Readonly<Record<WhenStyle, Intl.DateTimeFormatOptions>> = {
  full: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
};

/** Null: the visitor's own. */
let zone: string | null = null;

/** Writes times in this zone from now on. A zone that the browser does not know leaves its own. */
export function useTimeZone(name: string | null): void {
  try {
    zone = name && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    zone = null;
  }
}

/** The server writes English times with 24 hours, day before month; a script says the same moment the same way. */
const LOCALES: Readonly<Record<string, string>> = { en: 'en-GB' };

export function whenText(moment: Date, language: string, style: WhenStyle): string {
  return new Intl.DateTimeFormat(LOCALES[language] ?? language, { ...FORMATS[style], ...(zone ? { timeZone: zone } : {}) }).format(moment);
}
