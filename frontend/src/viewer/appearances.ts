/** `<sf-appearances>`: the places in the show at which a product was shown, each a way to that picture. */
import { html } from 'lit';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Place } from '../player/picture-time.ts';
import { icon } from '../ui/icon.ts';
import type { Topic, ViewerApp } from './app.ts';
import { AppElement } from './element.ts';

/** An element about one product. */
export class ProductElement extends AppElement {
  static override properties = { productId: { attribute: false } };
  declare productId: string;

  constructor() {
    super();
    this.productId = '';
  }
}

export class SfAppearances extends ProductElement {
  static override topics: readonly Topic[] = ['view'];

  override render() {
    return this.app.appearances(this.productId).map((place) => placeButton(this.app, place, 'products.shown-at', 'shown-at'));
  }
}

/** "Shown at 12:31": the way to that picture. */
export function placeButton(app: ViewerApp, { pictureMs, clockS }: Place, text: 'products.shown-at' | 'answers.at', testId: string) {
  const time = formatClock(clockS);
  return html`<button
    class="sf-shown-at"
    data-testid=${testId}
    data-picture-ms=${pictureMs}
    title=${t('products.watch', { time })}
    @click=${() => app.watchFrom(pictureMs)}
  >
    ${icon('clock')}<span class="sf-figures">${t(text, { time })}</span>
  </button>`;
}
