/** What a tap on *Add* or *Buy now* does. */
import type { Product } from '../api/types.ts';
import { t } from '../i18n/index.ts';
import { toast } from '../ui/toast.ts';
import type { ViewerApp } from './app.ts';

export async function addToCart(app: ViewerApp, product: Product, sku: string): Promise<void> {
  if (!(await add(app, product, sku))) return;
  tellAdded(app, product);
}

/**
 * The checkout opens at once, for what is in the cart; one unit is put there if there is none. `isSeen`: the product is
 * still before the buyer's eyes. A late answer about one that is not anymore puts no checkout over another.
 */
export async function buyNow(
  app: ViewerApp,
  product: Product,
  sku: string,
  isSeen: () => boolean = () => true,
  tell: (product: Product) => void = (added) => tellAdded(app, added),
): Promise<void> {
  const isInCart = app.shop.cart.items.some((item) => item.sku === sku);
  if (!isInCart && !(await add(app, product, sku))) return;
  if (isSeen()) app.openPanel({ kind: 'checkout' });
  else tell(product);
}

function tellAdded(app: ViewerApp, { name }: Product): void {
  toast(t('product.added', { name }), { action: t('cart.view'), onAction: () => app.openPanel({ kind: 'cart' }) });
}

/** A refusal is told. */
async function add({ shop, showTimeS }: ViewerApp, product: Product, sku: string): Promise<boolean> {
  const result = await shop.add(sku, showTimeS);
  const { name } = product;
  if (result.outcome === 'added') return true;
  if (result.outcome === 'failed') {
    toast(result.text || t('product.refused', { name }));
    return false;
  }
  const { available } = result;
  toast(available > 0 ? t('product.refused-only', { name, count: available }) : t('product.refused-sold-out', { name }));
  await shop.reloadProducts().catch(() => undefined);
  return false;
}
