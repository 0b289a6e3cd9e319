/** The news for one person in words: a note when it comes, and an item in the list *For you*. */
import { formatMoney, formatTime } from '../format/index.ts';
import { t, type TextKey } from '../i18n/index.ts';
import type { ShowClock } from '../player/picture-time.ts';
import type { News, OwnState } from '../timeline-client/index.ts';
import { toast } from '../ui/toast.ts';
import type { Panel } from './panels.ts';

/** News from before the page was opened is in the list, and not said again. */
const SLACK_MS = 3_000;
const SHOWN_MS = 10_000;
/** Older than this is not listed any more. */
const LISTED_MS = 24 * 3_600_000;

export interface NewsItem {
  key: string;
  atMs: number;
  text: string;
  productId: string | null;
  action: { text: string; act: () => void } | null;
  leadsTo: 'questions' | 'elsewhere';
}

/** What the news asks of the app. */
export interface NewsApp {
  readonly timeline: { readonly own: OwnState; serverNowMs(): number };
  readonly talk: { readonly ownLines: readonly { message: { id: string } }[] };
  readonly checkout: { readonly isTelling: boolean } | null;
  readonly clock: Pick<ShowClock, 'placeOf'>;
  isShown(tab: 'questions'): boolean;
  openPanel(panel: Panel): void;
  watchFrom(pictureMs: number): void;
}

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

  get items(): NewsItem[] {
    return this.#listed.map((news) => this.#itemOf(news));
  }

  get unread(): number {
    return this.#listed.filter((news) => news.seq > this.#readSeq && Date.parse(news.at) > this.#openedMs).length;
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
    for (const news of [...fresh].reverse()) if (!this.#isTold(news)) this.#say(this.#itemOf(news));
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

  #say({ text, action, leadsTo }: NewsItem): void {
    if (leadsTo === 'questions' && this.#app.isShown('questions')) {
      toast(text); // it stands in the list that is open
      return;
    }
    toast(text, action ? { action: action.text, onAction: action.act, shownMs: SHOWN_MS } : { shownMs: SHOWN_MS });
  }

  get #listed(): readonly News[] {
    const nowMs = this.#app.timeline.serverNowMs();
    return this.#app.timeline.own.news.filter((news) => nowMs - Date.parse(news.at) < LISTED_MS && !isBought(news));
  }

  #itemOf(news: News): NewsItem {
    const base = { key: String(news.seq), atMs: Date.parse(news.at), productId: null, leadsTo: 'elsewhere' as const };
    switch (news.kind) {
      case 'question.news':
        return { ...base, ...this.#ofQuestion(news.body), leadsTo: 'questions' };
      case 'order.news':
        return { ...base, text: orderText(news.body), action: null };
      case 'reservation.made': {
        const buy = { text: t('cart.view'), act: () => this.#app.openPanel({ kind: 'cart' }) };
        return { ...base, text: t('news.kept', { name: news.body.name }), action: buy };
      }
      case 'statement.made': {
        const { content, clause, url } = news.body;
        const read = { text: t('news.reasons'), act: () => void open(url, '_blank', 'noopener') };
        return { ...base, text: t(content === 'person' ? 'news.banned' : 'news.statement', { clause }), action: read };
      }
      case 'prize.offered': {
        const { title, prize, url } = news.body;
        return { ...base, text: t('news.prize', { title, prize }), action: { text: t('news.claim'), act: () => void open(url, '_blank', 'noopener') } };
      }
      case 'prize.lapsed':
        return { ...base, text: t('news.prize-lapsed', { prize: news.body.prize }), action: null };
      case 'offer.made': {
        const { product_id: productId, name, text } = news.body;
        const see = { text: t('news.see'), act: () => this.#app.openPanel({ kind: 'product', productId: productId ?? '' }) };
        return { ...base, productId, text: t('news.offer', { name, text }), action: productId ? see : null };
      }
      default:
        return { ...base, ...(news.kind === 'comment.refused' ? this.#ofComment(news.body) : this.#ofAuction(news)) };
    }
  }

  #ofComment({ reason, message, product_id: productId }: Extract<News, { kind: 'comment.refused' }>['body']): Pick<NewsItem, 'text' | 'action' | 'productId'> {
    const answer = { text: message, productId: productId || null };
    if (reason === 'kept-already' || reason === 'hold-limit') {
      return { ...answer, action: { text: t('cart.view'), act: () => this.#app.openPanel({ kind: 'cart' }) } };
    }
    return { ...answer, action: productId ? { text: t('news.see'), act: () => this.#app.openPanel({ kind: 'product', productId }) } : null };
  }

  #ofAuction(news: Extract<News, { kind: 'auction.outbid' | 'auction.offer' | 'auction.offer_over' }>): Pick<NewsItem, 'text' | 'action'> {
    if (news.kind === 'auction.outbid') {
      return { text: t('news.outbid', { title: news.body.title, amount: formatMoney(news.body.price, news.body.currency) }), action: null };
    }
    if (news.kind === 'auction.offer_over') return { text: t('news.auction-lapsed', { title: news.body.title }), action: null };
    const words = { title: news.body.title, amount: formatMoney(news.body.amount, news.body.currency), time: formatTime(news.body.until) };
    const pay = { text: t('cart.view'), act: () => this.#app.openPanel({ kind: 'cart' }) };
    return { text: t(news.body.round > 1 ? 'news.auction-next' : 'news.auction-won', words), action: pay };
  }

  #ofQuestion(body: Extract<News, { kind: 'question.news' }>['body']): Pick<NewsItem, 'text' | 'action'> {
    const { text: question, state, answered_at: answeredAt, answer } = body;
    const open = { text: t('news.see'), act: () => this.#app.openPanel({ kind: 'questions' }) };
    if (state !== 'answered') return { text: t(QUESTION_TEXTS[state] ?? 'news.question-open', { question }), action: state === 'picked' ? open : null };
    // On air, in writing, or both: the words, and the way to the moment.
    const watch = answeredAt && this.#app.clock.placeOf(Date.parse(answeredAt)) ? { text: t('questions.watch'), act: () => this.#app.watchFrom(Date.parse(answeredAt)) } : null;
    if (answer) return { text: t('news.question-answer', { question, answer }), action: watch ?? open };
    return { text: t('news.question-answered', { question }), action: watch };
  }
}

/** The order says that it was bought. */
function isBought(news: News): boolean {
  return news.kind === 'auction.offer_over' && news.body.paid;
}

const QUESTION_TEXTS: Readonly<Record<string, TextKey>> = {
  picked: 'news.question-picked',
  merged: 'news.question-merged',
  dismissed: 'news.question-dismissed',
  removed: 'news.question-dismissed',
};

const ORDER_TEXTS: Readonly<Record<string, TextKey>> = {
  placed: 'news.order-placed',
  confirmed: 'news.order-confirmed',
  completed: 'news.order-completed',
  cancelled: 'news.order-cancelled',
};

function orderText({ number, state, payment_state: payment }: Extract<News, { kind: 'order.news' }>['body']): string {
  const key = payment === 'failed' ? 'news.order-unpaid' : (ORDER_TEXTS[state] ?? 'news.order-changed');
  return t(key, { number });
}
