/** Amounts that people type, in the ways of their language. */
import { currentLanguage } from '../i18n/index.ts';

/** Minor units of the currency, or null for what is no amount: `12`, `12.50`, `12,50`, `1.200,50`, `€ 12`. */
export function amountOf(text: string, currency: string, language = currentLanguage()): number | null {
  const digits = new Intl.NumberFormat(language, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const bare = text.replace(/[^\d.,]/g, '');
  const last = Math.max(bare.lastIndexOf('.'), bare.lastIndexOf(','));
  const tail = last < 0 ? '' : bare.slice(last + 1);
  // Three digits behind the only kind of mark are thousands; no currency here has so many decimals.
  const isDecimal = tail.length > 0 && tail.length <= digits;
  const whole = (isDecimal ? bare.slice(0, last) : bare).replace(/[.,]/g, '');
  if (!/^\d{1,11}$/.test(whole)) return null;
  if (!isDecimal && tail.length > 0 && tail.length !== 3) return null;
  return Number(whole) * 10 ** digits + (isDecimal ? Number(tail.padEnd(digits, '0')) : 0);
}
