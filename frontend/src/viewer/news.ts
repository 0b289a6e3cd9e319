/** The news for one person: a note when it comes, and an item in the list *For you*. `news-words.ts` has the words. */
import { t, textsReady } from '../i18n/index.ts';
import type { News } from '../timeline-client/index.ts';
import { toast } from '../ui/toast.ts';
import type { NewsApp } from './news-words.ts';

/** News from before the page was opened is in the list, and not said again. */
const SLACK_MS = 3_000;
const SHOWN_MS = 10_000;
/** Older than this is not listed any more. */
const LISTED_MS = 24 * 3_600_000;

export class PersonalNews {
  readonly #app: NewsApp;
  readonly #openedMs: number;
  #toldSeq = 0;
  #readSeq = 0;
  #told = new Set<string>();

  constructor(app: NewsApp, openedMs: number) {
    this.#app = app;
    this.#openedMs = openedMs;
  }

  /** The newest first. */
  get listed(): readonly News[] {
    const nowMs = this.#app.timeline.serverNowMs();
    return this.#app.timeline.own.news.filter((news) => nowMs - Date.parse(news.at) < LISTED_MS && !isBought(news));
  }

  get unread(): number {
    return this.listed.filter((news) => news.seq > this.#readSeq && Date.parse(news.at) > this.#openedMs).length;
  }

  read(): void {
    this.#readSeq = this.#app.timeline.own.seq;
  }

  /** Say what is new since the last look. */
  look(): void {
    const { own } = this.#app.timeline;
    if (own.seq === this.#toldSeq) return;
    const fresh = own.news.filter((news) => news.seq > this.#toldSeq && Date.parse(news.at) > this.#openedMs - SLACK_MS);
    this.#toldSeq = own.seq;
    const untold = fresh.filter((news) => !this.#isTold(news)).reverse();
    if (untold.length > 0) void this.#say(untold).catch(() => undefined); // the line is lost: they stand in the list
    for (const { messageId, state } of own.held.values()) {
      if ((state !== 'declined' && state !== 'expired') || this.#told.has(messageId)) continue;
      this.#told.add(messageId);
      if (this.#app.talk.ownLines.some((line) => line.message.id === messageId)) toast(t(`held.${state}-told`));
    }
  }

  /** The confirmation of a purchase on this page, or a line of the chat, says it already. */
  #isTold(news: News): boolean {
    if (isBought(news)) return true;
    if (news.kind === 'statement.made') return news.body.was_held; // the line of the chat says so
    if (news.kind !== 'order.news' || !this.#app.checkout?.isTelling) return false;
    const { state, payment_state: payment } = news.body;
    return ['placed', 'confirmed', 'completed'].includes(state) && payment !== 'failed';
  }

  async #say(untold: readonly News[]): Promise<void> {
    const { itemOf } = await import('./news-words.ts');
    await textsReady();
    for (const news of untold) {
      const { text, action, leadsTo } = itemOf(this.#app, news);
      if (leadsTo === 'questions' && this.#app.isShown('questions')) toast(text); // it stands in the list that is open
      else toast(text, action ? { action: action.text, onAction: action.act, shownMs: SHOWN_MS } : { shownMs: SHOWN_MS });
    }
  }
}

/** The order says that it was bought. */
function isBought(news: News): boolean {
  return news.kind === 'auction.offer_over' && news.body.paid;
}
