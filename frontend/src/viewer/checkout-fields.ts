/** The checks of a form's fields before the server is asked, and the tidying of card fields. Pure. */
import type { Address, Checkout } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { say } from './checkout-texts/index.ts';

type Typed = Record<string, string>;

export interface Details {
  email: string;
  name: string;
  gift_note: string;
  /** The country is saved as soon as it is chosen. */
  address: Omit<Address, 'country'>;
}

/** The buyer comes for the goods. */
export function isFetched(checkout: Checkout | null, option: string | null): boolean {
  return checkout?.shipping_options.some(({ id, kind }) => id === option && kind === 'pickup') ?? false;
}

/** Something of it comes in a parcel, so that it needs an address. */
function hasParcel(checkout: Checkout | null, option: string | null): boolean {
  return (checkout?.needs_shipping ?? true) && !isFetched(checkout, option);
}

/** The rows of an address that an order needs: of one with a parcel, and of a business, whose invoice names it. */
export function addressRows(checkout: Checkout | null, option: string | null): Checkout['address_rows'] {
  return hasParcel(checkout, option) || checkout?.vat_id ? (checkout?.address_rows ?? []) : [];
}

/** The fields that an order needs, by the country and the way of sending. */
export function neededFields(checkout: Checkout | null, option: string | null): string[] {
  const rows = addressRows(checkout, option);
  return ['email', 'name', ...rows.flatMap((row) => row.filter(({ required }) => required).map(({ name }) => name)), 'country'];
}

export function detailsErrors(typed: Typed, needed: readonly string[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const name of needed) if (!typed[name]?.trim()) errors[name] = t('checkout.missing');
  if (!errors['email'] && !/^\S+@\S+\.\S+$/.test(typed['email']?.trim() ?? '')) errors['email'] = say('checkout.email-wrong');
  return errors;
}

export function detailsOf(typed: Typed): Details {
  const value = (name: string) => typed[name]?.trim() ?? '';
  return {
    email: value('email'),
    name: value('name'),
    gift_note: value('gift_note'),
    address: {
      line1: value('line1'),
      line2: value('line2'),
      postal_code: value('postal_code'),
      city: value('city'),
      region: value('region'),
    },
  };
}

export function cardErrors(typed: Typed): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!/^\d{12,19}$/.test((typed['number'] ?? '').replaceAll(' ', ''))) errors['number'] = say('checkout.card-wrong');
  if (!/^(0[1-9]|1[0-2])\/\d{2}$/.test(typed['exp'] ?? '')) errors['exp'] = say('checkout.exp-wrong');
  if (!/^\d{3,4}$/.test(typed['cvc'] ?? '')) errors['cvc'] = say('checkout.cvc-wrong');
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

/** The countries that can be delivered to, in the order of their names. */
export function countriesOf(codes: readonly string[], language: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames([language || 'en'], { type: 'region' });
  return codes
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => a.name.localeCompare(b.name, language || 'en'));
}
