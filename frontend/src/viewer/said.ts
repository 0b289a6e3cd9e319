/** What a screen reader hears of the change from one view to the next. */
import { formatMoney } from '../format/index.ts';
import type { Message, ViewState } from '../timeline-client/index.ts';
import { say } from './said-texts/index.ts';
import { concerns, isTeam } from './talk/lines.ts';

export interface Listener {
  viewerId: string | null;
  /** A recording is played: only points that are open in it are shown, and no open draw. */
  isRecorded: boolean;
}

/** The news in words. */
export function newsBetween(before: ViewState, now: ViewState, listener: Listener): string[] {
  return [
    ...pollNews(before, now),
    ...dealNews(before, now),
    ...drawNews(before, now, listener),
    ...pointNews(before, now, listener),
    ...auctionNews(before, now),
    ...teamMessages(before, now, listener),
    ...pinnedNews(before, now),
  ];
}

/** Messages of others since the view before; a jump to another picture brings another chat, in which nothing is new. */
export function freshMessages(before: ViewState, now: ViewState, viewerId: string | null): readonly Message[] {
  const last = before.messages.at(-1);
  if (before.messages === now.messages || now.messages.at(-1) === last) return [];
  const from = last ? now.messages.indexOf(last) + 1 : 0;
  if (last && from === 0) return [];
  return now.messages.slice(from).filter(({ author }) => author.id !== viewerId);
}

function pollNews(before: ViewState, now: ViewState): string[] {
  const known = byId(before.polls);
  return now.polls.flatMap(({ id, isOpen, question }) => {
    const was = known.get(id);
    if (!was && isOpen) return [say('poll', { question })];
    return was?.isOpen && !isOpen ? [say('poll-closed', { question })] : [];
  });
}

/** A deal that is announced, opens, or is over; units are counted down too often to be read out. */
function dealNews(before: ViewState, now: ViewState): string[] {
  const known = byId(before.deals);
  return now.deals.flatMap(({ id, phase, title }) => {
    const was = known.get(id)?.phase;
    if (was === phase) return [];
    if (phase === 'over') return was ? [say('deal-over', { title })] : [];
    return [say(phase === 'soon' ? 'deal-soon' : 'deal', { title })];
  });
}

/** A recording shows results alone. */
function drawNews(before: ViewState, now: ViewState, { isRecorded }: Listener): string[] {
  const known = byId(before.giveaways);
  return now.giveaways.flatMap(({ id, isOpen, result, body: { title } }) => {
    const was = known.get(id);
    if (!was) return isOpen && !isRecorded ? [say('giveaway', { title })] : [];
    return was.result === null && result !== null ? [say('giveaway-drawn', { title })] : [];
  });
}

function pointNews(before: ViewState, now: ViewState, { isRecorded }: Listener): string[] {
  const known = byId(before.activations);
  const isNew = ({ id, isTaking, body }: ViewState['activations'][number]) => isTaking && !known.get(id)?.isTaking && (body.in_replay || !isRecorded);
  return now.activations.filter(isNew).map(({ body: { title } }) => say('point', { title }));
}

/** Opening and result; prices change too often to be read out, and being outbid is told on its own. */
function auctionNews(before: ViewState, now: ViewState): string[] {
  const known = byId(before.auctions);
  return now.auctions.flatMap(({ id, state, look: { title, currency }, close }) => {
    const was = known.get(id);
    if (was?.state === state) return [];
    if (state === 'open') return [say('auction', { title })];
    if (close?.result !== 'sold' || !was) return [];
    return [say('auction-sold', { title, amount: formatMoney(close.price ?? 0, currency), number: close.leader ?? 0 })];
  });
}

/** Messages of the team, and those that name this person; the others are only counted. */
function teamMessages(before: ViewState, now: ViewState, { viewerId }: Listener): string[] {
  return freshMessages(before, now, viewerId)
    .filter((message) => isTeam(message) || concerns(message, viewerId))
    .map(({ author, text }) => say('message', { name: author.name, text }));
}

function pinnedNews(before: ViewState, now: ViewState): string[] {
  const { pinned, announcement } = now;
  const found: string[] = [];
  if (pinned && pinned.messageId !== before.pinned?.messageId) found.push(say('pinned', { name: pinned.author.name, text: pinned.text }));
  if (announcement && announcement.id !== before.announcement?.id) found.push(announcement.text);
  return found;
}

function byId<One extends { id: string }>(list: readonly One[]): ReadonlyMap<string, One> {
  return new Map(list.map((one) => [one.id, one]));
}
