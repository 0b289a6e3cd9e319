import { describe, expect, it } from 'vitest';
import type { Product, Variant } from '../api/types.ts';
import { filmsOf, looksOf, pictureOf, picturesOf, valuesOf } from './product-pictures.ts';

function variant(options: Record<string, string>, more: Partial<Variant> = {}): Variant {
  const id = Object.values(options).join('-');
  return { id, sku: id, options, price: 3400, compare_at_price: null, lowest_price_30d: null, unit_price: null, sale: null, currency: 'EUR', available: 1, image_url: null, swatch: null, ...more };
}

function product(variants: Variant[], image_url: string | null = '/own.jpg'): Product {
  const option_names = Object.keys(variants[0]?.options ?? {});
  return { id: 'p', reference: 'p', name: 'Lipstick', description_html: '', image_url, category: null, on_sale: true, variants, option_names, option_values: {}, media: [], safety: null, shown_at_s: [] };
}

const FIG = variant({ Shade: 'Fig', Size: 'Small' }, { image_url: '/fig.jpg' });
const FIG_LARGE = variant({ Shade: 'Fig', Size: 'Large' }, { image_url: '/fig.jpg' });
const ROSE = variant({ Shade: 'Rosé', Size: 'Small' }, { image_url: '/rose.jpg' });

describe('the pictures of a product', () => {
  it('are its own and each other one of its variants, once', () => {
    expect(picturesOf(product([FIG, FIG_LARGE, ROSE]))).toEqual([
      { url: '/own.jpg', alt: 'Lipstick' },
      { url: '/fig.jpg', alt: 'Lipstick, Fig · Small' },
      { url: '/rose.jpg', alt: 'Lipstick, Rosé · Small' },
    ]);
  });

  it('are none for a product without pictures', () => {
    expect(picturesOf(product([variant({})], null))).toEqual([]);
  });
});

describe('further media', () => {
  const media = [
    { kind: 'picture', url: '/side.jpg', alt: 'From the side', variant_id: null },
    { kind: 'film', url: 'https://films.example/1', alt: 'How it is made', variant_id: null },
    { kind: 'picture', url: '/rose.jpg', alt: 'On the lips', variant_id: 'Rosé-Small' },
  ];
  const rose = { ...ROSE, image_url: null };

  it('stand after its own picture, in their order', () => {
    expect(picturesOf({ ...product([FIG, rose]), media }).map(({ url }) => url)).toEqual(['/own.jpg', '/side.jpg', '/rose.jpg', '/fig.jpg']);
    expect(filmsOf({ ...product([FIG]), media })).toEqual([{ url: 'https://films.example/1', alt: 'How it is made' }]);
  });

  it('show the variant that they are of', () => {
    expect(pictureOf({ ...product([FIG, rose]), media }, rose)).toBe('/rose.jpg');
    expect(pictureOf({ ...product([FIG, rose]), media }, FIG)).toBe('/fig.jpg');
  });
});

describe('the values of an option', () => {
  it('stand in the order of the catalogue, the others after them', () => {
    const sizes = ['L', 'S', 'XL', 'M'].map((Size) => variant({ Size }));
    const option_values = { Size: ['S', 'M', 'L', 'XXL'].map((value) => ({ value, swatch: null, image_url: null })) };
    expect(valuesOf({ ...product(sizes), option_values }, 'Size')).toEqual(['S', 'M', 'L', 'XL']);
  });
});

describe('the look of an option', () => {
  it('is the one that the catalogue gives the value', () => {
    const option_values = { Shade: [{ value: 'Fig', swatch: '#123456', image_url: null }, { value: 'Rosé', swatch: null, image_url: '/dot.jpg' }] };
    expect(looksOf({ ...product([FIG, ROSE]), option_values }, 'Shade', ['Fig', 'Rosé'])).toEqual(
      new Map([
        ['Fig', { colour: '#123456' }],
        ['Rosé', { url: '/dot.jpg' }],
      ]),
    );
  });

  it('is the picture of each shade', () => {
    expect(looksOf(product([FIG, FIG_LARGE, ROSE]), 'Shade', ['Fig', 'Rosé'])).toEqual(
      new Map([
        ['Fig', { url: '/fig.jpg' }],
        ['Rosé', { url: '/rose.jpg' }],
      ]),
    );
  });

  it('is the colour where the catalogue has one', () => {
    const fig = { ...FIG, swatch: '#5b2a3c' };
    expect(looksOf(product([fig, ROSE]), 'Shade', ['Fig', 'Rosé'])?.get('Fig')).toEqual({ colour: '#5b2a3c' });
  });

  it('is none for sizes, which look the same', () => {
    expect(looksOf(product([FIG, FIG_LARGE]), 'Size', ['Small', 'Large'])).toBeNull();
  });

  it('is none when one value has neither colour nor picture', () => {
    const plain = variant({ Shade: 'Nude', Size: 'Small' });
    expect(looksOf(product([FIG, plain]), 'Shade', ['Fig', 'Nude'])).toBeNull();
  });
});
