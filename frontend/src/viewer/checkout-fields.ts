/** What a form's fields must look like before the server is asked, and how card fields tidy themselves. Pure. */
import type { ShippingOption } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import type { Details } from './checkout-flow.ts';

type Typed = Record<string, string>;

/** Where the options say nothing about countries: near to most shops that will run this. */
const USUAL = ['AT', 'BE', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FI', 'FR', 'GB', 'IE', 'IT', 'LU', 'NL', 'NO', 'PL', 'PT', 'SE', 'US'];

export function detailsErrors(typed: Typed): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const name of ['email', 'name', 'line1', 'postal_code', 'city', 'country']) {
    if (!typed[name]?.trim()) errors[name] = t('checkout.missing');
  }
  if (!errors['email'] && !/^\S+@\S+\.\S+$/.test(typed['email']?.trim() ?? '')) errors['email'] = t('checkout.email-wrong');
  return errors;
}

export function detailsOf(typed: Typed): Details {
  const value = (name: string) => typed[name]?.trim() ?? '';
  return {
    email: value('email'),
    name: value('name'),
    address: {
      line1: value('line1'),
      line2: value('line2'),
      postal_code: value('postal_code'),
      city: value('city'),
      country: value('country'),
    },
    shipping_option: value('shipping_option') || null, // a brand may have nothing to choose from
  };
}

export function cardErrors(typed: Typed): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!/^\d{12,19}$/.test((typed['number'] ?? '').replaceAll(' ', ''))) errors['number'] = t('checkout.card-wrong');
  if (!/^(0[1-9]|1[0-2])\/\d{2}$/.test(typed['exp'] ?? '')) errors['exp'] = t('checkout.exp-wrong');
  if (!/^\d{3,4}$/.test(typed['cvc'] ?? '')) errors['cvc'] = t('checkout.cvc-wrong');
  return errors;
}

/** "4242424242" → "4242 4242 42". */
export function tidyCardNumber(text: string): string {
  return (text.replace(/\D/g, '').slice(0, 19).match(/.{1,4}/g) ?? []).join(' ');
}

/** "429" → "04/29". */
export function tidyExpiry(text: string): string {
  let digits = text.replace(/\D/g, '');
  if (/^[2-9]/.test(digits)) digits = `0${digits}`;
  return digits.length > 2 ? `${digits.slice(0, 2)}/${digits.slice(2, 4)}` : digits;
}

/** The countries that can be delivered to, by name; the visitor's own first choice comes first. */
export function countriesOf(options: readonly ShippingOption[], language: string): { code: string; name: string }[] {
  // A brand that has not said how it ships has not said where to, either.
  const isNamed = options.length > 0 && options.every((option) => option.countries?.length);
  const codes = isNamed
    ? [...new Set(options.flatMap((option) => option.countries ?? []))]
    : USUAL;
  const names = new Intl.DisplayNames([language || 'en'], { type: 'region' });
  const home = new Intl.Locale(navigator.language).maximize().region;
  return codes
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => Number(b.code === home) - Number(a.code === home) || a.name.localeCompare(b.name, language || 'en'));
}
