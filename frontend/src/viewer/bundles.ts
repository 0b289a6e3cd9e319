/** Goods that cost less together, at the cart and at each of them. */
import { html } from 'lit';
import type { CartBundle } from '../api/types.ts';
import { formatMoney } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { toast } from '../ui/toast.ts';
import type { ViewerApp } from './app.ts';
import { say } from './goods-texts/index.ts';
import { problemText } from './problem-text.ts';

/** One set more; a refusal is told. */
export async function addBundle(app: ViewerApp, { id, name }: CartBundle): Promise<void> {
  try {
    await Promise.all([app.shop.addBundle(id, app.showTimeS), app.checkout?.release()]);
    toast(t('product.added', { name }), { action: t('cart.view'), onAction: () => app.openPanel({ kind: 'cart' }) });
  } catch (error) {
    toast(problemText(error, 'cart.failed'));
  }
}

/** Goods that cost less together, and the tap that adds all of them. */
export function bundleOffer({ name, price: together, worth, items }: CartBundle, currency: string, onAdd: () => void) {
  const parts = items.map((one) => (one.quantity > 1 ? `${one.quantity} × ${one.name}` : one.name)).join(' + ');
  return html`<div class="sf-notice" data-testid="bundle-offer">
    ${icon('package')}<span
      ><strong>${name}</strong><br />${parts}<br />${say('bundle.together', { price: formatMoney(together, currency), worth: formatMoney(worth, currency) })}</span
    >
    <button type="button" class="sf-link sf-link--target" data-testid="bundle-add" @click=${onAdd}>${say('bundle.add')}</button>
  </div>`;
}
