/** A deal and the fields of its form: both ways, without a DOM. */
import type { DealIn, StaffDeal } from '../api/schema.ts';

const LASTS_S = 120;

/** What stands in the number fields: of a deal that is edited, or of a new one. Undefined: an empty field. */
export interface DealNumbers {
  readonly percent?: number | undefined;
  /** With all decimals of the currency. */
  readonly price?: string | undefined;
  readonly units?: number | undefined;
  readonly each?: number | undefined;
  readonly lasts: number;
}

export function numbersOf(deal: StaffDeal | null): DealNumbers {
  if (!deal) return { lasts: LASTS_S };
  return {
    percent: deal.percent_bp === null ? undefined : deal.percent_bp / 100,
    price: deal.amount === null ? undefined : (deal.amount / minorUnits(deal.currency)).toFixed(decimals(deal.currency)),
    units: deal.units_max ?? undefined,
    each: deal.per_person ?? undefined,
    lasts: deal.lasts_s,
  };
}

/** What the form says; only the field of the price that is shown is in it. */
export function draftOf(data: FormData, currency: string): DealIn {
  const number = (name: string): number | null => (data.get(name) ? Number(data.get(name)) : null);
  const scaled = (name: string, by: number): number | null => {
    const given = number(name);
    return given === null ? null : Math.round(given * by);
  };
  return {
    title: String(data.get('title')),
    variant_ids: data.getAll('variants').map(String),
    amount: scaled('price', minorUnits(currency)),
    percent_bp: scaled('percent', 100),
    units_max: number('units'),
    per_person: number('each'),
    lasts_s: number('lasts') ?? LASTS_S,
  };
}

/** The smallest amount of a currency, as a number field wants it: `0.01`, `1` for yen. */
export function stepOf(currency: string): string {
  return (1 / minorUnits(currency)).toFixed(decimals(currency));
}

/** Minor units of one unit of a currency. */
function minorUnits(currency: string): number {
  return 10 ** decimals(currency);
}

function decimals(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
