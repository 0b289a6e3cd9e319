import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatTime } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import type { Message } from './model.ts';
import { messagePlace, type Session } from './session.ts';
import type { PersonRef } from './talk.ts';
import { reasonSelect } from './takedown-reasons.ts';
import { roleWords, t } from './texts.ts';
import { requestDialog } from './dialog-requests.ts';
import { errorLine } from './shared-templates.ts';

const MAX_LENGTH = 200;
/** Closer than this to the end counts as reading along: new messages scroll into view. */
const NEAR_END_PX = 80;

/**
 * The chat with moderation, at the pointer and by keyboard: arrows choose a message, Delete deletes it, B bans,
 * W warns, O offers something.
 *
 * @fires ban-requested - `detail`: the message whose author is meant
 */
export class SfConsoleChat extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    author: { attribute: false },
    role: { attribute: false },
    chosen: { state: true },
    unread: { state: true },
  };
  declare session: Session;
  declare version: number;
  /** Name and role of the signed-in person, who writes here. */
  declare author: string;
  declare role: string;
  declare chosen: string | null;
  declare unread: number;
  #lastSeq = 0;
  #isAtEnd = true;
  #focusChosen = false;

  constructor() {
    super();
    this.author = '';
    this.role = '';
    this.chosen = null;
    this.unread = 0;
  }

  focusComposer(): void {
    this.querySelector<HTMLInputElement>('.sf-chat__input')?.focus();
  }

  /** Into the messages, at the youngest or the one chosen before. */
  focusMessages(): void {
    const messages = this.session.state.chat;
    if (!messages.some((one) => one.id === this.chosen)) this.chosen = messages.at(-1)?.id ?? null;
    this.#focusChosen = true;
    this.requestUpdate();
  }

  get #list(): HTMLElement | null {
    return this.querySelector('.sf-chat__list');
  }

  protected override willUpdate(): void {
    const fresh = this.session.state.chat.filter((one) => one.seq > this.#lastSeq);
    const last = fresh.reduce((seq, one) => Math.max(seq, one.seq), this.#lastSeq);
    if (!this.#isAtEnd && this.#lastSeq > 0) this.unread += fresh.length;
    this.#lastSeq = last;
  }

  protected override updated(): void {
    if (this.#isAtEnd) this.#scrollToEnd();
    if (!this.#focusChosen) return;
    this.#focusChosen = false;
    const row = this.querySelector<HTMLElement>(`[data-message="${this.chosen ?? ''}"]`);
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  }

  #scrollToEnd(): void {
    const list = this.#list;
    if (list) list.scrollTop = list.scrollHeight;
    this.unread = 0;
  }

  #onScroll(): void {
    const list = this.#list;
    if (!list) return;
    this.#isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    if (this.#isAtEnd) this.unread = 0;
  }

  #onKey(event: KeyboardEvent): void {
    if ((event.target as HTMLElement).closest('button') || event.ctrlKey || event.metaKey || event.altKey) return;
    const messages = this.session.state.chat;
    const at = messages.findIndex((one) => one.id === this.chosen);
    const message = messages[at];
    const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, Home: -messages.length, End: messages.length };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#choose(messages[Math.max(0, Math.min(messages.length - 1, at + step))]);
    } else if (message && this.session.mayModerate && this.#actOn(message, event.key.toLowerCase())) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #actOn(message: Message, key: string): boolean {
    const isStaff = roleWords(message.author.role) !== '';
    if (key === 'delete' || key === 'backspace') this.#delete(message);
    else if (key === 'p') void this.session.talk.pin(message.id);
    else if (key === 'w' && !isStaff) requestDialog(this, { name: 'measure', whom: whomOf(message) });
    else if (key === 'o' && !isStaff) requestDialog(this, { name: 'offer', whom: whomOf(message) });
    else if (key === 'b' && !isStaff) this.#ban(message);
    else return false;
    return true;
  }

  #choose(message: Message | undefined): void {
    this.chosen = message?.id ?? null;
    this.#focusChosen = message !== undefined;
  }

  /** The focus goes on to the neighbour, so that three trolls are three presses of a key. */
  #delete(message: Message): void {
    const messages = this.session.state.chat;
    const at = messages.indexOf(message);
    const hadFocus = this.#list?.contains(document.activeElement);
    void this.session.deleteMessage(message).then((done) => {
      if (done && hadFocus) this.#choose(messages[at + 1] ?? messages[at - 1]);
    });
  }

  #ban(message: Message): void {
    this.dispatchEvent(new CustomEvent<Message>('ban-requested', { detail: message, bubbles: true }));
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>('.sf-chat__input');
    const words = input?.value.trim();
    if (!input || !words) return;
    this.#isAtEnd = true;
    if (await this.session.say(words)) input.value = '';
    input.focus();
  }

  override render() {
    const { chat, state } = this.session.state;
    return html`
      ${chat.length ? html`<div class="sf-talk__head">${this.#renderEarlier()} ${this.session.mayModerate ? this.#renderReason() : nothing}</div>` : nothing}
      ${chat.length ? this.#renderList(chat) : this.#renderEmpty()}
      ${this.unread > 0
        ? html`<button class="sf-button sf-button--small sf-chat__unread" @click=${() => this.#scrollToEnd()}>
            ${icon('chevron-down')} ${t('chat.unread', { count: this.unread })}
          </button>`
        : nothing}
      ${state === 'ended' ? nothing : this.#renderComposer()}
    `;
  }

  #renderEarlier() {
    return html`<button
      class="sf-button sf-button--quiet sf-button--small"
      aria-busy=${this.session.isBusy('chat')}
      @click=${() => void this.session.loadEarlierChat()}
    >
      ${icon('history')} ${t('chat.earlier')}
    </button>`;
  }

  #renderReason() {
    return reasonSelect('chat-why', this.session.deleteReason, (value) => (this.session.deleteReason = value));
  }

  #renderEmpty() {
    const { state, loaded } = this.session.state;
    const words = state === 'live' || state === 'ended' ? t('chat.empty') : t('chat.emptyBefore');
    return html`<div class="sf-empty sf-chat__empty">${icon('message-circle')}${loaded ? html`<p>${words}</p>` : nothing}</div>`;
  }

  #renderList(chat: readonly Message[]) {
    const current = chat.some((one) => one.id === this.chosen) ? this.chosen : chat.at(-1)?.id;
    return html`<ol
      class="sf-chat__list"
      data-testid="chat-list"
      aria-label=${t('chat.listLabel')}
      @scroll=${() => this.#onScroll()}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
    >
      ${repeat(
        chat,
        (one) => one.id,
        (one) => this.#renderMessage(one, one.id === current),
      )}
    </ol>`;
  }

  #renderMessage(message: Message, isCurrent: boolean) {
    const { author } = message;
    const staff = roleWords(author.role);
    const error = this.session.errorAt(messagePlace(message));
    return html`<li
      class="sf-message"
      tabindex=${isCurrent ? '0' : '-1'}
      data-message=${message.id}
      data-testid=${`chat-message-${message.id}`}
      @focus=${() => (this.chosen = message.id)}
    >
      <p class="sf-message__who">
        <span class="sf-clip">${author.name || t('chat.guest')}</span>
        ${staff ? html`<span class="sf-badge sf-badge--accent">${staff}</span>` : nothing}
        <time class="sf-figures" datetime=${new Date(message.atMs).toISOString()}
          >${formatTime(new Date(message.atMs).toISOString())}</time
        >
      </p>
      <p class="sf-message__text" dir="auto">${message.text}</p>
      ${this.session.mayModerate ? this.#renderActs(message, staff !== '') : nothing}
      ${errorLine(error)}
    </li>`;
  }

  #renderActs(message: Message, isStaff: boolean) {
    const { author } = message;
    return html`<div class="sf-message__acts">
        <button
          class="sf-button sf-button--small sf-button--icon"
          data-testid=${`chat-delete-${message.id}`}
          title=${t('chat.delete')}
          aria-label=${t('chat.deleteOf', { name: author.name })}
          aria-busy=${this.session.isBusy(messagePlace(message))}
          @click=${() => this.#delete(message)}
        >
          ${icon('trash-2')}
        </button>
        <button
          class="sf-button sf-button--small sf-button--icon"
          data-testid=${`chat-pin-${message.id}`}
          title=${t('pin.do')}
          aria-label=${t('pin.doOf', { name: author.name })}
          aria-busy=${this.session.isBusy('pin')}
          @click=${() => void this.session.talk.pin(message.id)}
        >
          ${icon('pin')}
        </button>
        ${isStaff
          ? nothing
          : html`<button
              class="sf-button sf-button--small sf-button--icon"
              data-testid=${`chat-offer-${message.id}`}
              title=${t('offer.open')}
              aria-label=${t('offer.of', { name: author.name })}
              @click=${() => requestDialog(this, { name: 'offer', whom: whomOf(message) })}
            >
              ${icon('shopping-bag')}
            </button><button
              class="sf-button sf-button--small sf-button--icon"
              data-testid=${`chat-measure-${message.id}`}
              title=${t('measure.name')}
              aria-label=${t('measure.of', { name: author.name })}
              @click=${() => requestDialog(this, { name: 'measure', whom: whomOf(message) })}
            >
              ${icon('hourglass')}
            </button><button
              class="sf-button sf-button--small sf-button--icon"
              data-testid=${`chat-ban-${message.id}`}
              title=${t('chat.ban')}
              aria-label=${t('chat.banOf', { name: author.name })}
              @click=${() => this.#ban(message)}
            >
              ${icon('ban')}
            </button>`}
      </div>`;
  }

  #renderComposer() {
    const error = this.session.errorAt('say');
    const role = roleWords(this.role);
    return html`<form class="sf-chat__composer" @submit=${(event: SubmitEvent) => void this.#send(event)}>
      <label class="sf-tiny sf-soft" for="sf-chat-input">
        ${role ? t('chat.as', { name: this.author, role }) : t('chat.write')}
      </label>
      <div class="sf-row">
        <input
          id="sf-chat-input"
          class="sf-input sf-chat__input"
          data-testid="chat-input"
          maxlength=${MAX_LENGTH}
          autocomplete="off"
          placeholder=${t('chat.placeholder')}
          aria-invalid=${error ? 'true' : 'false'}
          @input=${() => this.session.forget('say')}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'Escape') (event.target as HTMLElement).blur();
          }}
        />
        <button
          class="sf-button sf-button--icon"
          data-testid="chat-send"
          aria-label=${t('chat.send')}
          aria-busy=${this.session.isBusy('say')}
        >
          ${icon('send')}
        </button>
      </div>
      ${errorLine(error)}
    </form>`;
  }
}

function whomOf({ id, author, text }: Message): PersonRef {
  return { messageId: id, viewerId: author.id, name: author.name, text };
}

define('sf-console-chat', SfConsoleChat);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-chat': SfConsoleChat;
  }
}
