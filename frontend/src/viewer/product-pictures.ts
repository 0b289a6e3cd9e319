/** The pictures of a product, and how the values of an option look. Pure. */
import type { Product, Variant } from '../api/types.ts';
import { formatOptions } from '../format/index.ts';

export interface Picture {
  url: string;
  alt: string;
}

/** A colour as `#rrggbb`, or else a picture. */
export type Look = { colour: string; url?: undefined } | { colour?: undefined; url: string };

/** The product's own picture, then each of its variants' that is another. */
export function picturesOf(product: Product): Picture[] {
  const found = new Map<string, string>();
  if (product.image_url) found.set(product.image_url, product.name);
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
    const look = lookOf(product.variants.filter(({ options }) => options[option] === value));
    if (look === null) return null;
    looks.set(value, look);
  }
  const different = new Set([...looks.values()].map(({ colour, url }) => colour ?? url));
  return different.size === values.length ? looks : null;
}

function lookOf(variants: readonly Variant[]): Look | null {
  for (const { swatch } of variants) if (swatch) return { colour: swatch };
  for (const { image_url: url } of variants) if (url) return { url };
  return null;
}
