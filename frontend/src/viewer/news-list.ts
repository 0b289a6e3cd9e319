/** `<sf-news>`: the news for this person alone. */
import { html, nothing } from 'lit';
import { formatTime } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { say } from './news-texts/index.ts';
import { itemOf, type NewsItem } from './news-words.ts';
import { priceRange, thumb } from './shared-templates.ts';
import './sheets.css';

export class SfNews extends AppElement {
  static override topics: readonly Topic[] = ['talk', 'view', 'shop'];

  override render() {
    const items = this.app.news.listed.map((news) => itemOf(this.app, news));
    return html`<div class="sf-sheet__body" data-testid="news" tabindex="0">
      ${items.length === 0
        ? html`<div class="sf-empty">${icon('bell')}<p>${say('empty')}</p></div>`
        : html`<ul class="sf-news">
            ${items.map((item) => this.#item(item))}
          </ul>`}
    </div>`;
  }

  protected override updated(): void {
    this.app.news.read();
  }

  #item(item: NewsItem) {
    const product = item.productId ? this.app.shop.product(item.productId) : null;
    return html`<li class="sf-news__item" data-testid="news-item">
      ${product ? thumb(product.image_url) : nothing}
      <div class="sf-news__words">
        <p dir="auto">${item.text}</p>
        ${product ? html`<p class="sf-row sf-row--wrap"><b>${product.name}</b> ${priceRange(product)}</p>` : nothing}
        <p class="sf-soft sf-tiny">${formatTime(new Date(item.atMs).toISOString())}</p>
      </div>
      ${item.action ? html`<button class="sf-button sf-button--small" @click=${item.action.act}>${item.action.text}</button>` : nothing}
    </li>`;
  }
}

export const elements = { 'sf-news': SfNews };
