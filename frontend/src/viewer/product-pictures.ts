/** The pictures of a product, and how the values of an option look. Pure. */
import type { Product, Variant } from '../api/types.ts';
import { formatOptions } from '../format/index.ts';

export interface Picture {
  url: string;
  alt: string;
}

/** A colour as `#rrggbb`, or else a picture. */
export type Look = { colour: string; url?: undefined } | { colour?: undefined; url: string };

/** The values of an option in the order of the catalogue; values that nobody sorted follow as the variants stand. */
export function valuesOf(product: Product, option: string): string[] {
  const used = new Set(product.variants.map(({ options }) => options[option]).filter((value) => value !== undefined));
  const sorted = (product.option_values[option] ?? []).map(({ value }) => value).filter((value) => used.has(value));
  return [...new Set([...sorted, ...used])];
}

/** The films about a product, at other addresses. */
export function filmsOf(product: Product): Picture[] {
  return product.media.filter(({ kind }) => kind === 'film').map(({ url, alt }) => ({ url, alt }));
}

/** The picture that shows a variant: its own, or the first further one of it. */
export function pictureOf(product: Product, variant: Variant): string | null {
  const further = product.media.find((one) => one.kind === 'picture' && one.variant_id === variant.id);
  return variant.image_url ?? further?.url ?? null;
}

/** The product's own picture, the further ones in their order, then each of its variants' that is another. */
export function picturesOf(product: Product): Picture[] {
  const found = new Map<string, string>();
  if (product.image_url) found.set(product.image_url, product.name);
  for (const { kind, url, alt } of product.media) if (kind === 'picture' && !found.has(url)) found.set(url, alt);
  for (const variant of product.variants) {
    const url = variant.image_url;
    if (url && !found.has(url)) found.set(url, `${product.name}, ${formatOptions(variant.options, product.option_names)}`);
  }
  return [...found].map(([url, alt]) => ({ url, alt }));
}

/**
 * How each value of an option looks; null for an option that is not seen, such as a size: its values are named. An
 * option is seen when every value has a look, and no two values have the same.
 */
export function looksOf(product: Product, option: string, values: readonly string[]): ReadonlyMap<string, Look> | null {
  const looks = new Map<string, Look>();
  for (const value of values) {
    const sorted = (product.option_values[option] ?? []).find((one) => one.value === value);
    const look = sortedLook(sorted) ?? lookOf(product.variants.filter(({ options }) => options[option] === value));
    if (look === null) return null;
    looks.set(value, look);
  }
  const different = new Set([...looks.values()].map(({ colour, url }) => colour ?? url));
  return different.size === values.length ? looks : null;
}

function sortedLook(sorted: Product['option_values'][string][number] | undefined): Look | null {
  if (sorted?.swatch) return { colour: sorted.swatch };
  return sorted?.image_url ? { url: sorted.image_url } : null;
}

function lookOf(variants: readonly Variant[]): Look | null {
  for (const { swatch } of variants) if (swatch) return { colour: swatch };
  for (const { image_url: url } of variants) if (url) return { url };
  return null;
}
