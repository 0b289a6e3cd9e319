/** The news for one person in words: fetched when there is some to tell. */
import { formatMoney, formatTime } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { News, OwnState } from '../timeline-client/index.ts';
import { say, type NewsText } from './news-texts/index.ts';
import type { ShowClock } from '../player/picture-time.ts';
import type { Panel } from './panels.ts';

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

export interface NewsItem {
  key: string;
  atMs: number;
  text: string;
  productId: string | null;
  action: { text: string; act: () => void } | null;
  leadsTo: 'questions' | 'elsewhere';
}

/** What a note says, and where it leads. */
export function itemOf(app: NewsApp, news: News): NewsItem {
  const base = { key: String(news.seq), atMs: Date.parse(news.at), productId: null, leadsTo: 'elsewhere' as const };
  switch (news.kind) {
    case 'question.news':
      return { ...base, ...ofQuestion(app, news.body), leadsTo: 'questions' };
    case 'order.news':
      return { ...base, text: orderText(news.body), action: null };
    case 'reservation.made': {
      const buy = { text: t('cart.view'), act: () => app.openPanel({ kind: 'cart' }) };
      return { ...base, text: say('kept', { name: news.body.name }), action: buy };
    }
    case 'statement.made': {
      const { content, clause, url } = news.body;
      const read = { text: say('reasons'), act: () => void open(url, '_blank', 'noopener') };
      return { ...base, text: say(content === 'person' ? 'banned' : 'statement', { clause }), action: read };
    }
    case 'prize.offered': {
      const { title, prize, url } = news.body;
      return { ...base, text: say('prize', { title, prize }), action: { text: say('claim'), act: () => void open(url, '_blank', 'noopener') } };
    }
    case 'prize.lapsed':
      return { ...base, text: say('prize-lapsed', { prize: news.body.prize }), action: null };
    case 'offer.made': {
      const { product_id: productId, name, text } = news.body;
      const see = { text: say('see'), act: () => app.openPanel({ kind: 'product', productId: productId ?? '' }) };
      return { ...base, productId, text: say('offer', { name, text }), action: productId ? see : null };
    }
    default:
      return { ...base, ...(news.kind === 'comment.refused' ? ofComment(app, news.body) : ofAuction(app, news)) };
  }
}

function ofComment(app: NewsApp, { reason, message, product_id: productId }: Extract<News, { kind: 'comment.refused' }>['body']): Pick<NewsItem, 'text' | 'action' | 'productId'> {
  const answer = { text: message, productId: productId || null };
  if (reason === 'kept-already' || reason === 'hold-limit') {
    return { ...answer, action: { text: t('cart.view'), act: () => app.openPanel({ kind: 'cart' }) } };
  }
  return { ...answer, action: productId ? { text: say('see'), act: () => app.openPanel({ kind: 'product', productId }) } : null };
}

function ofAuction(app: NewsApp, news: Extract<News, { kind: 'auction.outbid' | 'auction.offer' | 'auction.offer_over' }>): Pick<NewsItem, 'text' | 'action'> {
  if (news.kind === 'auction.outbid') {
    return { text: say('outbid', { title: news.body.title, amount: formatMoney(news.body.price, news.body.currency) }), action: null };
  }
  if (news.kind === 'auction.offer_over') return { text: say('auction-lapsed', { title: news.body.title }), action: null };
  const words = { title: news.body.title, amount: formatMoney(news.body.amount, news.body.currency), time: formatTime(news.body.until) };
  const pay = { text: t('cart.view'), act: () => app.openPanel({ kind: 'cart' }) };
  return { text: say(news.body.round > 1 ? 'auction-next' : 'auction-won', words), action: pay };
}

function ofQuestion(app: NewsApp, body: Extract<News, { kind: 'question.news' }>['body']): Pick<NewsItem, 'text' | 'action'> {
  const { text: question, state, answered_at: answeredAt, answer } = body;
  const open = { text: say('see'), act: () => app.openPanel({ kind: 'questions' }) };
  if (state !== 'answered') return { text: say(QUESTION_TEXTS[state] ?? 'question-open', { question }), action: state === 'picked' ? open : null };
  // On air, in writing, or both: the words, and the way to the moment.
  const watch = answeredAt && app.clock.placeOf(Date.parse(answeredAt)) ? { text: t('questions.watch'), act: () => app.watchFrom(Date.parse(answeredAt)) } : null;
  if (answer) return { text: say('question-answer', { question, answer }), action: watch ?? open };
  return { text: say('question-answered', { question }), action: watch };
}

const QUESTION_TEXTS: Readonly<Record<string, NewsText>> = {
  picked: 'question-picked',
  merged: 'question-merged',
  dismissed: 'question-dismissed',
  removed: 'question-dismissed',
};

const ORDER_TEXTS: Readonly<Record<string, NewsText>> = {
  placed: 'order-placed',
  confirmed: 'order-confirmed',
  completed: 'order-completed',
  cancelled: 'order-cancelled',
};

function orderText({ number, state, payment_state: payment }: Extract<News, { kind: 'order.news' }>['body']): string {
  const key = payment === 'failed' ? 'order-unpaid' : (ORDER_TEXTS[state] ?? 'order-changed');
  return say(key, { number });
}
