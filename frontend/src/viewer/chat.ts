/** `<sf-chat>`: the messages up to this picture. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../i18n/index.ts';
import type { Message } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import { toast } from '../ui/toast.ts';
import type { Topic } from './app.ts';
import { messageRow, type MessageVerbs, type ReportReason } from './chat-message.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { noticeUrl } from './shared-templates.ts';
import { chatLines, type Line } from './talk/lines.ts';

/** A list that is scrolled nearer to its end than this follows new messages. */
const FOLLOW_WITHIN_PX = 48;
/** A message that is swiped this far is answered. */
const SWIPE_PX = 56;

export class SfChat extends AppElement {
  static override topics: readonly Topic[] = ['view', 'viewer', 'layout', 'talk'];
  static override properties = { opened: { state: true } };
  /** The message whose actions are open. */
  declare opened: { id: string; isReporting: boolean } | null;
  #isFollowing = true;
  #lastSeen: string | null = null;
  #lines: readonly Line[] = [];
  #swipe: { x: number; y: number; row: HTMLElement } | null = null;

  #lastOpened = '';

  constructor() {
    super();
    new FocusKeeper(this, (lost) => (lost.closest('.sf-message__actions') ? this.#rowOf(this.#lastOpened) : null) ?? this.#list);
    this.opened = null;
  }

  protected override appConnected(): void {
    this.listen(this.app.signals.focusChat, () => this.#list?.focus({ preventScroll: true }));
  }

  override render() {
    const { view, timeline, talk, viewer } = this.app;
    this.#lines = chatLines(view.messages, talk.ownLines, viewer?.id ?? null);
    return html`
      <div
        class="sf-chat"
        role="log"
        aria-live="off"
        aria-label=${t('chat')}
        tabindex="0"
        data-testid="chat"
        @scroll=${(event: Event) => this.#scrolled(event.target as HTMLElement)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
        @pointerdown=${(event: PointerEvent) => this.#swipeStart(event)}
        @pointermove=${(event: PointerEvent) => this.#swipeMove(event)}
        @pointerup=${() => this.#swipeEnd()}
        @pointercancel=${() => this.#swipeEnd()}
      >
        ${this.#lines.length === 0 ? this.#empty() : nothing}
        <ol class="sf-chat__list">
          ${repeat(this.#lines, (line) => line.key, (line) => this.#line(line))}
        </ol>
      </div>
      ${this.#newMessages()}
      ${timeline.status === 'waiting' ? html`<p class="sf-chat__offline" role="status">${t('chat.offline')}</p>` : nothing}
    `;
  }

  protected override updated(): void {
    if (!this.#isFollowing || this.opened) return;
    const list = this.#list;
    if (list) list.scrollTop = list.scrollHeight;
    this.#lastSeen = this.app.view.messages.at(-1)?.id ?? null;
  }

  get #list(): HTMLElement | null {
    return this.querySelector('.sf-chat');
  }

  #line(line: Line) {
    if (line.kind === 'more') {
      return html`<li class="sf-message sf-message--skipped" data-testid="chat-more">${t('chat.more', { count: line.count })}</li>`;
    }
    const { message } = line;
    const isOpen = this.opened?.id === message.id;
    const { talk, translations, viewer } = this.app;
    return messageRow(
      message,
      {
        viewerId: viewer?.id ?? null,
        mark: line.own,
        note: talk.noteOf(message.id),
        open: !isOpen ? 'nothing' : this.opened?.isReporting ? 'reasons' : 'actions',
        mayReply: talk.writing.may === 'write',
        mayTranslate: translations !== null,
        translation: translations?.of(message.id) ?? null,
      },
      this.#verbs,
    );
  }

  // --- actions on a message

  readonly #verbs: MessageVerbs = {
    idOf: (message) => this.app.id(`words-${message.id}`),
    open: (message) => {
      this.opened = this.opened?.id === message.id ? null : { id: message.id, isReporting: false };
      this.#lastOpened = message.id;
      void this.updateComplete.then(() => {
        this.#rowOf(message.id)?.querySelector('.sf-message__actions')?.scrollIntoView({ block: 'nearest' });
      });
    },
    reply: (message) => this.#reply(message),
    copy: (message) => {
      this.opened = null;
      void navigator.clipboard.writeText(message.text).then(
        () => toast(t('message.copied')),
        () => toast(t('error.unknown')),
      );
    },
    translate: (message) => void this.#translate(message),
    report: (message, reason) => {
      if (reason === null) void this.#askWhy(message);
      else void this.#report(message, reason);
    },
    noticeUrl: (message) => noticeUrl(this.app, `message-${message.id}`),
    goTo: (messageId) => {
      const row = this.#rowOf(messageId);
      if (!row) return;
      this.#isFollowing = false;
      row.scrollIntoView({ block: 'center' });
      row.focus({ preventScroll: true });
    },
    forget: (messageId) => this.app.talk.forgetLine(messageId),
  };

  #reply(message: Message): void {
    this.opened = null;
    if (this.app.talk.writing.may !== 'write') return;
    this.app.talk.reply(message);
    this.app.signals.focusComposer.send(undefined);
  }

  /**
   * A screen reader learns of the translation by the focus: it goes to the way back, which the words describe. The chat is no live
   * region. A person who has gone elsewhere meanwhile is left there.
   */
  async #translate(message: Message): Promise<void> {
    this.opened = null;
    const row = this.#rowOf(message.id);
    if (row?.contains(document.activeElement)) row.focus({ preventScroll: true }); // the pressed button may go away
    try {
      await this.app.translations?.toggle(message.id);
    } catch (error) {
      this.app.tellProblem(error);
      return;
    }
    await this.updateComplete;
    if (document.activeElement === row) row?.querySelector<HTMLElement>('[data-testid="message-translation"]')?.focus({ preventScroll: true });
  }

  async #askWhy(message: Message): Promise<void> {
    this.opened = { id: message.id, isReporting: true };
    await this.updateComplete;
    const row = this.#rowOf(message.id);
    if (document.activeElement === row) row?.querySelector<HTMLElement>('.sf-message__actions button')?.focus();
  }

  async #report(message: Message, reason: ReportReason): Promise<void> {
    this.opened = null;
    try {
      await this.app.talk.report(message, reason);
      toast(t('report.done'));
    } catch (error) {
      this.app.tellProblem(error);
    }
  }

  #rowOf(messageId: string): HTMLElement | null {
    return this.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`);
  }

  // --- keys: arrows go through the messages, Enter opens the actions, R answers

  #onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-message-id]');
    if (target.closest('.sf-message__actions') && event.key !== 'Escape') return;
    const step = { ArrowUp: -1, ArrowDown: 1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#walk(row, step);
    } else if (event.key === 'Escape' && row) {
      event.preventDefault();
      if (this.opened) this.opened = null;
      else this.#list?.focus();
    } else if (row) {
      this.#onRowKey(event, row);
    }
  }

  #onRowKey(event: KeyboardEvent, row: HTMLElement): void {
    const message = this.#messageOf(row);
    if (!message || event.target !== row) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#verbs.open(message);
      void this.updateComplete.then(() => row.querySelector<HTMLElement>('.sf-message__actions button')?.focus());
    } else if (event.key === 'r') {
      event.preventDefault();
      this.#reply(message);
    }
  }

  #walk(from: HTMLElement | null, step: number): void {
    const rows = [...this.querySelectorAll<HTMLElement>('[data-message-id]')];
    const place = from ? rows.indexOf(from) + step : step < 0 ? rows.length - 1 : 0;
    const row = rows[Math.min(rows.length - 1, Math.max(0, place))];
    const list = this.#list;
    this.#isFollowing = row === rows.at(-1) || !list || list.scrollHeight <= list.clientHeight;
    row?.focus();
  }

  #messageOf(row: HTMLElement): Message | null {
    const line = this.#lines.find((one) => one.kind === 'message' && one.message.id === row.dataset['messageId']);
    return line?.kind === 'message' && line.own === null ? line.message : null;
  }

  // --- a swipe to the end side answers

  #swipeStart(event: PointerEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-message-id]');
    if (event.pointerType === 'mouse' || !row) return;
    this.#swipe = { x: event.clientX, y: event.clientY, row };
  }

  #swipeMove(event: PointerEvent): void {
    const swipe = this.#swipe;
    if (!swipe) return;
    const [dx, dy] = [Math.abs(event.clientX - swipe.x), Math.abs(event.clientY - swipe.y)];
    if (dy > 24) return this.#swipeEnd(); // it scrolls
    swipe.row.style.setProperty('translate', `${Math.sign(event.clientX - swipe.x) * Math.min(dx, SWIPE_PX)}px 0`);
    if (dx < SWIPE_PX) return;
    const message = this.#messageOf(swipe.row);
    this.#swipeEnd();
    if (message) this.#reply(message);
  }

  #swipeEnd(): void {
    this.#swipe?.row.style.removeProperty('translate');
    this.#swipe = null;
  }

  // --- following the end

  #scrolled(list: HTMLElement): void {
    const isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < FOLLOW_WITHIN_PX;
    if (isFollowing !== this.#isFollowing) this.requestUpdate();
    this.#isFollowing = isFollowing;
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
    const { curtain } = this.app.view;
    if (curtain === 'ended') return t('chat.empty-ended');
    return curtain === 'pending' ? t('chat.empty-before') : t('chat.empty');
  }
}
