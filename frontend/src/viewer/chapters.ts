/** `<sf-chapters>`: one chapter for each highlight up to this picture, each a way to it. */
import { html, nothing } from 'lit';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

export class SfChapters extends AppElement {
  static override topics: readonly Topic[] = ['view', 'shop'];

  override render() {
    const { chapters } = this.app;
    if (chapters.length === 0) return nothing;
    return html`<section class="sf-chapters">
      <h2>${t('chapters')}</h2>
      <ol class="sf-chapters__list" data-testid="chapters">
        ${chapters.map(({ pictureMs, clockS, productIds }) => {
          const time = formatClock(clockS);
          const names = productIds.map((id) => this.app.shop.product(id)?.name ?? '').filter(Boolean);
          return html`<li>
            <button
              class="sf-chapter"
              data-testid="chapter"
              data-picture-ms=${pictureMs}
              title=${t('products.watch', { time })}
              @click=${() => this.app.watchFrom(pictureMs)}
            >
              <span class="sf-chapter__time">${time}</span><span>${names.join(', ')}</span>
            </button>
          </li>`;
        })}
      </ol>
    </section>`;
  }
}
