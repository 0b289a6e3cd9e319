/** Money, times and lengths, by the page's language. */
import { currentLanguage, t } from '../i18n/index.ts';
import { whenText } from './when.ts';

const formats = new Map<string, Intl.NumberFormat>();

/** `amount` is in minor units of `currency`: 2490, "EUR" is €24.90; 2490, "JPY" is ¥2,490. One below nothing has a minus, not a hyphen. */
export function formatMoney(amount: number, currency: string): string {
  const key = `${currentLanguage()} ${currency}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(currentLanguage(), { style: 'currency', currency });
    formats.set(key, format);
  }
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2)).replace('-', '\u2212');
}

/** 12:31, or 1:02:09 from one hour on. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** A day and a time in the page's zone, with the zone's short name. */
export function formatWhen(iso: string): string {
  return whenText(new Date(iso), currentLanguage(), 'full');
}

/** Two days of the calendar: "Wed 2 – Fri 4 Dec". */
export function formatDays(from: string, to: string): string {
  const language = currentLanguage() === 'en' ? 'en-GB' : currentLanguage();
  const format = new Intl.DateTimeFormat(language, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
  return format.formatRange(new Date(from), new Date(to));
}

export function formatTime(iso: string): string {
  return whenText(new Date(iso), currentLanguage(), 'time');
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat(currentLanguage(), { notation: count >= 10_000 ? 'compact' : 'standard' }).format(count);
}

/** The values of a variant's options in the product's order: "Rosé · 30 ml". */
/** `100 ml`, `m²`, `piece`: a quantity of one is not said. */
export function formatUnit(quantity: string, unit: string): string {
  const name = unit === 'm2' ? 'm²' : unit === 'piece' ? t('unit.piece') : unit;
  const number = Number(quantity);
  return number === 1 ? name : `${new Intl.NumberFormat(currentLanguage()).format(number)} ${name}`;
}

export function formatOptions(options: Record<string, string>, names?: string[]): string {
  const keys = names?.length ? names.filter((name) => name in options) : Object.keys(options);
  return keys.map((key) => options[key]).join(' · ');
}
