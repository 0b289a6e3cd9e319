/** `<sf-chat>`: what was said up to this picture; `<sf-composer>`: saying something. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatTime } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Message } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

const TEAM = new Set(['owner', 'producer', 'moderator']);
/** Nearer to the end than this, the list follows what is new. */
const FOLLOW_WITHIN_PX = 48;

export class SfChat extends AppElement {
  static override topics: readonly Topic[] = ['view', 'viewer', 'layout'];
  #isFollowing = true;
  #lastSeen: string | null = null;

  override render() {
    const { view, timeline } = this.app;
    const { messages } = view;
    return html`
      <div
        class="sf-chat"
        role="log"
        aria-live="off"
        aria-label=${t('chat')}
        tabindex="0"
        data-testid="chat"
        @scroll=${(event: Event) => this.#scrolled(event.target as HTMLElement)}
      >
        ${messages.length === 0 ? this.#empty() : nothing}
        <ol class="sf-chat__list">
          ${repeat(messages, (message) => message.id, (message) => this.#message(message))}
        </ol>
      </div>
      ${this.#newMessages()}
      ${timeline.status === 'waiting' ? html`<p class="sf-chat__offline" role="status">${t('chat.offline')}</p>` : nothing}
    `;
  }

  protected override updated(): void {
    if (!this.#isFollowing) return;
    const list = this.#list;
    if (list) list.scrollTop = list.scrollHeight;
    this.#lastSeen = this.app.view.messages.at(-1)?.id ?? null;
  }

  get #list(): HTMLElement | null {
    return this.querySelector('.sf-chat');
  }

  #scrolled(list: HTMLElement): void {
    const isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < FOLLOW_WITHIN_PX;
    if (isFollowing !== this.#isFollowing) this.requestUpdate();
    this.#isFollowing = isFollowing;
  }

  #message(message: Message) {
    const { author } = message;
    const isOwn = author.id === this.app.viewer?.id;
    const role = author.role === 'host' ? t('chat.host') : TEAM.has(author.role) ? t('chat.team') : null;
    return html`<li
      class="sf-message ${isOwn ? 'sf-message--own' : ''} ${role ? 'sf-message--team' : ''}"
      data-testid="message"
      data-message-id=${message.id}
      title=${formatTime(new Date(message.atMs).toISOString())}
    >
      <span class="sf-message__author">${author.name}${isOwn ? html` <span class="sf-message__you">(${t('chat.you')})</span>` : nothing}</span
      >${role ? html`<span class="sf-badge sf-badge--accent">${role}</span>` : nothing}
      <span class="sf-message__text" dir="auto">${message.text}</span>
    </li>`;
  }

  #newMessages() {
    if (this.#isFollowing) return nothing;
    const { messages } = this.app.view;
    const count = messages.length - 1 - messages.findIndex((message) => message.id === this.#lastSeen);
    if (count <= 0 || count >= messages.length) return nothing;
    return html`<button
      class="sf-pill sf-chat__new"
      data-testid="chat-new"
      @click=${() => {
        this.#isFollowing = true;
        this.requestUpdate();
      }}
    >
      ${icon('chevron-down')}${t('chat.new', { count })}
    </button>`;
  }

  #empty() {
    const { app } = this;
    // Before the show there is something to see already; on a desktop it stands beside.
    const leadsOn = app.view.curtain === 'pending' && !app.isWide && app.shop.products.length > 0;
    return html`<div class="sf-chat__empty">
      ${icon('message-circle')}
      <p>${this.#emptyText()}</p>
      ${leadsOn
        ? html`<button class="sf-button" data-testid="see-products" @click=${() => app.openPanel({ kind: 'products' })}>
            ${icon('tag')}${t('cart.see-products')}
          </button>`
        : nothing}
    </div>`;
  }

  #emptyText(): string {
    if (this.app.isRecorded) return t('chat.empty-replay');
    return this.app.view.curtain === 'pending' ? t('chat.empty-before') : t('chat.empty');
  }
}
