/** `<sf-above-chat>`: the banner and the pinned comment of this picture. */
import { html, nothing } from 'lit';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';

export class SfAboveChat extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk'];

  constructor() {
    super();
    new FocusKeeper(this, () => this.app.focusChat());
  }

  override render() {
    return html`${this.#announcement()} ${this.#pinned()}`;
  }

  #announcement() {
    const { announcement } = this.app.view;
    if (!announcement || this.app.talk.isDismissed(announcement.id)) return nothing;
    return html`<div class="sf-banner" data-testid="announcement">
      ${icon('megaphone')}
      <p class="sf-banner__text" dir="auto">
        ${announcement.text}
        ${announcement.url
          ? html`<a href=${safeUrl(announcement.url)} target="_blank" rel="noopener noreferrer">${t('announcement.more')}</a>`
          : nothing}
      </p>
      <button
        class="sf-banner__close"
        aria-label=${t('announcement.close')}
        data-testid="announcement-close"
        @click=${() => this.app.talk.dismiss(announcement.id)}
      >
        ${icon('x')}
      </button>
    </div>`;
  }

  #pinned() {
    const { pinned } = this.app.view;
    if (!pinned) return nothing;
    return html`<div class="sf-pinned" data-testid="pinned" data-message-id-pinned=${pinned.messageId}>
      ${icon('pin')}
      <p class="sf-pinned__text" dir="auto">
        <span class="sf-visually-hidden">${t('pinned')}</span><b>${pinned.author.name}</b> ${pinned.text}
      </p>
    </div>`;
  }
}

/** Staff write these addresses; a script is none. */
function safeUrl(url: string): string {
  return /^https?:\/\//i.test(url) ? url : '#';
}
