import { html, nothing } from 'lit';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import './auctions-view.ts';
import './chat-view.ts';
import './comment-buying-view.ts';
import './activations-view.ts';
import './points-view.ts';
import './deals-view.ts';
import './polls-view.ts';
import './questions-view.ts';
import './review-view.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';
import { requestDialog, type Tool } from './dialog-requests.ts';

export type Part = 'chat' | 'questions' | 'polls' | 'deals' | 'points' | 'auctions' | 'review';
const PARTS: readonly Part[] = ['chat', 'questions', 'polls', 'deals', 'points', 'auctions', 'review'];

/** The column of talk: chat, questions, polls and the review queue. */
export class SfConsoleSide extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    author: { attribute: false },
    role: { attribute: false },
    place: { state: true },
    news: { state: true },
  };
  declare session: Session;
  declare version: number;
  declare author: string;
  declare role: string;
  declare place: Part;
  /** The words about the review queue for a screen reader. */
  declare news: string;

  constructor() {
    super();
    this.author = '';
    this.role = '';
    this.place = 'chat';
    this.news = '';
  }

  /** Each item that comes is told once, however often the queue is drawn. */
  protected override willUpdate(): void {
    const news = this.session.talk.takeNews();
    if (news > 0) this.news = t('review.news', { count: news, of: this.session.talk.lists.review?.length ?? news });
  }

  /** Brings a part to the front and the focus into it. */
  async show(part: Part, focus: 'list' | 'composer' = 'list'): Promise<void> {
    this.#turnTo(part);
    await this.updateComplete;
    if (part === 'chat') {
      const chat = this.querySelector('sf-console-chat');
      await chat?.updateComplete;
      if (focus === 'composer') chat?.focusComposer();
      else chat?.focusMessages();
      return;
    }
    const list = this.querySelector<HTMLElement>('[role="tabpanel"] [tabindex="0"]');
    (list ?? this.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]'))?.focus();
  }

  /** What colleagues have prepared is told by no entry: whoever turns to a part sees it. */
  #turnTo(part: Part): void {
    const { talk, auctions } = this.session;
    this.place = part;
    if (part === 'points') talk.points.refresh();
    else if (part === 'auctions') auctions.refresh();
    else if (part !== 'chat') talk.refresh(part);
  }

  override render() {
    const { session } = this;
    return html`
      <div class="sf-talk__tabs" role="tablist" aria-label=${t('talk.label')} @keydown=${(event: KeyboardEvent) => this.#onKey(event)}>
        ${PARTS.filter((part) => part === 'chat' || (part === 'deals' ? session.mayProduce : session.mayModerate)).map((part) => this.#renderTab(part))}
      </div>
      <p class="sf-visually-hidden" role="status" data-testid="review-news">${session.mayModerate ? this.news : ''}</p>
      ${session.mayModerate ? this.#renderTools() : nothing} ${this.#renderShield()} ${this.#renderHeld()}
      <div class="sf-talk__part" role="tabpanel" id="sf-talk-panel" aria-labelledby="sf-talk-${this.place}">${this.#renderPart()}</div>
    `;
  }

  #renderTab(part: Part) {
    const { talk } = this.session;
    const counts = { chat: 0, questions: talk.waiting.length, polls: talk.openPoll ? 1 : 0, deals: talk.lists.deals?.filter(({ state }) => state === 'open' || state === 'announced').length ?? 0, points: talk.points.openCount, auctions: this.session.auctions.onAir ? 1 : 0, review: talk.lists.review?.length ?? 0 };
    const words = { chat: t('chat.title'), questions: t('questions.title'), polls: t('polls.title'), deals: t('deals.title'), points: t('draws.title'), auctions: t('auctions.title'), review: t('review.title') };
    const count = counts[part];
    const isSelected = this.place === part;
    return html`<button
      class="sf-tab"
      role="tab"
      id="sf-talk-${part}"
      data-testid=${`talk-${part}`}
      aria-selected=${isSelected}
      aria-controls="sf-talk-panel"
      tabindex=${isSelected ? 0 : -1}
      @click=${() => this.#turnTo(part)}
    >
      ${words[part]}
      ${count > 0 ? html`<span class="sf-badge ${part === 'review' ? 'sf-badge--warning' : ''}" data-testid=${`count-${part}`}>${count}</span>` : nothing}
    </button>`;
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.session.mayModerate) return;
    event.preventDefault();
    this.place = PARTS[(PARTS.indexOf(this.place) + step + PARTS.length) % PARTS.length] ?? 'chat';
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus());
  }

  #renderTools() {
    const { talk } = this.session;
    const isOn = talk.lists.rules?.shield ?? false;
    const tool = (name: Tool, sign: string, words: string, caption: string) => html`<button
      class="sf-button sf-button--quiet sf-tool"
      data-testid=${`tool-${name}`}
      title=${words}
      @click=${() => requestDialog(this, { name })}
    >
      ${icon(sign)} <span class="sf-tool__caption">${caption}</span>
    </button>`;
    return html`<div class="sf-talk__tools">
      ${tool('announce', 'megaphone', t('announcement.make'), t('tool.announce'))} ${tool('rules', 'settings-2', t('rules.title'), t('tool.rules'))}
      ${tool('words', 'message-circle-off', t('words.title'), t('tool.words'))} ${tool('people', 'users', t('people.title'), t('tool.people'))}
      ${tool('audit', 'history', t('audit.title'), t('tool.audit'))}
      <button
        class="sf-button sf-tool ${isOn ? 'sf-button--danger' : 'sf-button--quiet'}"
        data-testid="shield"
        aria-pressed=${isOn}
        aria-busy=${this.session.isBusy('shield')}
        title=${t('shield.hint')}
        @click=${() => void talk.shield(!isOn)}
      >
        ${icon('lock')} <span class="sf-tool__caption">${t('shield.name')}</span>
      </button>
    </div>`;
  }

  #renderShield() {
    const error = this.session.errorAt('shield') ?? this.session.errorAt('pin') ?? this.session.errorAt('announcement');
    if (error) return html`<p class="sf-notice sf-notice--danger" role="alert">${icon('circle-alert')} <span>${error}</span></p>`;
    if (!this.session.talk.lists.rules?.shield) return nothing;
    return html`<p class="sf-notice sf-notice--warning" role="status" data-testid="shield-on">${icon('lock')} <span>${t('shield.words')}</span></p>`;
  }

  /** The pinned message and the announcement above the viewers' chat, each with a button that takes it down. */
  #renderHeld() {
    const { pinned, announcement, mayModerate, talk } = this.session;
    const row = (testId: string, sign: string, words: string, label: string, onTake: () => void) => html`<p class="sf-talk__held" data-testid=${testId}>
      ${icon(sign)} <span class="sf-clip" dir="auto">${words}</span>
      ${mayModerate
        ? html`<button class="sf-button sf-button--quiet sf-button--small sf-button--icon" aria-label=${label} title=${label} @click=${onTake}>${icon('x')}</button>`
        : nothing}
    </p>`;
    return html`
      ${announcement ? row('announcement-on', 'megaphone', announcement.text, t('announcement.end'), () => void talk.endAnnouncement(announcement.id)) : nothing}
      ${pinned ? row('pin-on', 'pin', `${pinned.author.name}: ${pinned.text}`, t('pin.take'), () => void talk.unpin(pinned.messageId)) : nothing}
    `;
  }

  #renderPart() {
    const { session, version } = this;
    switch (this.place) {
      case 'questions':
        return html`<sf-console-questions .session=${session} .version=${version}></sf-console-questions>`;
      case 'polls':
        return html`<sf-console-polls .session=${session} .version=${version}></sf-console-polls>`;
      case 'points':
        return html`<sf-console-points .session=${session} .version=${version}></sf-console-points>
          <sf-console-activations .session=${session} .version=${version}></sf-console-activations>`;
      case 'auctions':
        return html`<sf-console-auctions .session=${session} .version=${version}></sf-console-auctions>`;
      case 'deals':
        return html`<sf-console-deals .session=${session} .version=${version}></sf-console-deals>
          <sf-console-comments .session=${session} .version=${version}></sf-console-comments>`;
      case 'review':
        return html`<sf-console-review .session=${session} .version=${version}></sf-console-review>`;
      case 'chat':
        return html`<sf-console-chat .session=${session} .version=${version} .author=${this.author} .role=${this.role}></sf-console-chat>`;
    }
  }
}

define('sf-console-side', SfConsoleSide);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-side': SfConsoleSide;
  }
}
