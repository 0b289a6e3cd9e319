/** The places of the screen at which errors are shown. */

/** The place of a product's errors: at the first of the products in the action. */
export function productPlace(productIds: readonly string[]): string {
  return `product:${productIds[0] ?? ''}`;
}
