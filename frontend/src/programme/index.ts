/**
 * Server-rendered pages say times in the brand's zone; here they are said in the visitor's own.
 * `<time data-local="full|day" datetime="…">`
 */
const FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  full: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
};

export function localTime(iso: string, language: string, style: string, timeZone?: string): string | null {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return null;
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat(language, { ...FORMATS[style], ...zone }).format(moment);
}

if (typeof document !== 'undefined') {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-local]')) {
    const said = localTime(element.dateTime, document.documentElement.lang || 'en', element.dataset['local'] ?? 'full');
    if (said !== null) element.textContent = said;
  }
}
