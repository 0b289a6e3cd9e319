/**
 * `<sf-notices>`: the notices above the chat: the poll, the announcement, the pinned comment. In the column they stand
 * there in full. On a phone they fold into one slim line, which opens.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { loadElement } from './lazy.ts';

interface Notice {
  id: string;
  icon: string;
  label: string;
  text: string;
}

const TICK_MS = 1_000;

export class SfNotices extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk', 'layout'];
  static override properties = { isOpen: { state: true } };
  declare isOpen: boolean;

  constructor() {
    super();
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('.sf-notices__line') ?? this.app.focusChat());
    new Redrawing(this, TICK_MS, () => this.app.talk.poll !== null && !this.app.isWide); // its countdown
    this.isOpen = false;
  }

  /** A line that is gone comes back folded. */
  protected override willUpdate(): void {
    if (this.#notices.length === 0) this.isOpen = false;
  }

  override render() {
    if (this.app.isWide) return html`${this.#announcement()} ${this.#pinned()}`; // the column draws the poll
    if (this.app.talk.poll) void loadElement('sf-poll').catch(() => undefined); // asked for again with the next drawing
    const notices = this.#notices;
    const [first] = notices;
    if (!first) return nothing;
    return html`${this.#line(first, notices.length)}
      <div class="sf-notices__open" id=${this.app.id('notices')} ?hidden=${!this.isOpen}>
        ${this.isOpen ? html`<sf-poll .fold=${() => this.#fold()}></sf-poll>${this.#announcement()} ${this.#pinned()}` : nothing}
      </div>`;
  }

  /** The most pressing first: a poll ends, an announcement stays for a while, a pinned comment for long. */
  get #notices(): Notice[] {
    const { talk, view } = this.app;
    const { poll } = talk;
    const { announcement, pinned } = view;
    const found: Notice[] = [];
    if (poll) found.push({ id: poll.id, icon: poll.isQuiz ? 'trophy' : 'list-checks', label: t(poll.isQuiz ? 'poll.quiz' : 'poll'), text: poll.question });
    if (announcement && !talk.isDismissed(announcement.id)) {
      found.push({ id: announcement.id, icon: 'megaphone', label: t('announcement'), text: announcement.text });
    }
    if (pinned) found.push({ id: pinned.messageId, icon: 'pin', label: pinned.author.name, text: pinned.text });
    return found;
  }

  #line(first: Notice, count: number): TemplateResult {
    return html`<button
      class="sf-notices__line"
      data-testid="notices-open"
      data-notice-id=${first.id}
      aria-expanded=${this.isOpen}
      aria-controls=${this.app.id('notices')}
      @click=${() => (this.isOpen = !this.isOpen)}
    >
      ${icon(first.icon)}
      <span class="sf-clip" dir="auto"><b>${first.label}</b> ${first.text}</span>
      ${this.#left()} ${count > 1 ? html`<span class="sf-badge sf-figures">+${count - 1}</span>` : nothing}
      ${icon(this.isOpen ? 'chevron-up' : 'chevron-down')}
    </button>`;
  }

  #left() {
    const { poll } = this.app.talk;
    if (!poll) return nothing;
    if (!poll.isOpen) return html`<span class="sf-badge">${t('poll.closed')}</span>`;
    if (poll.closesAtMs === null) return nothing;
    const leftS = Math.max(0, Math.ceil((poll.closesAtMs - this.app.timeline.serverNowMs()) / 1000));
    return html`<span class="sf-badge sf-figures" role="timer" aria-live="off">${formatClock(leftS)}</span>`;
  }

  #fold(): void {
    this.isOpen = false;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.sf-notices__line')?.focus());
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
