/** What of the chat is drawn: of a fast show some, with a word on how many more there were. Pure. */
import type { Message } from '../../timeline-client/index.ts';

/** More than this in one second nobody reads. */
export const PER_SECOND_MAX = 4;
const LINES_MAX = 150;

export type Line =
  | { kind: 'message'; key: string; message: Message; own: OwnMark | null }
  | { kind: 'more'; key: string; count: number };

/** How it stands with a message of one's own that the timeline does not show (yet). */
export type OwnMark = 'sending' | 'sent' | 'held' | 'declined' | 'expired';

export interface OwnLine {
  message: Message;
  mark: OwnMark;
}

/**
 * The first few of each second are drawn, and always: one's own, what names or answers oneself, and what the team says.
 * So what is drawn at a picture does not depend on how one got there.
 */
export function chatLines(messages: readonly Message[], own: readonly OwnLine[], viewerId: string | null): Line[] {
  const lines: Line[] = [];
  let [second, drawn] = [Number.NaN, 0];
  let more: { kind: 'more'; key: string; count: number } | null = null;
  const waiting = [...own];
  const drawOwnBefore = (ms: number): void => {
    for (let next = waiting[0]; next && next.message.shownFromMs < ms; next = waiting[0]) {
      lines.push({ kind: 'message', key: next.message.id, message: next.message, own: next.mark });
      waiting.shift();
    }
  };
  for (const message of messages) {
    drawOwnBefore(message.shownFromMs);
    const its = Math.floor(message.shownFromMs / 1000);
    if (its !== second) [second, drawn] = [its, 0];
    if (isSpecial(message, viewerId) || drawn < PER_SECOND_MAX) {
      if (!isSpecial(message, viewerId)) drawn += 1;
      lines.push({ kind: 'message', key: message.id, message, own: null });
      more = null;
    } else if (more) {
      more.count += 1;
    } else {
      more = { kind: 'more', key: `more-${message.id}`, count: 1 };
      lines.push(more);
    }
  }
  drawOwnBefore(Number.POSITIVE_INFINITY);
  return lines.slice(-LINES_MAX);
}

export const TEAM: ReadonlySet<string> = new Set(['owner', 'producer', 'moderator', 'host']);

export function isTeam(message: Message): boolean {
  return TEAM.has(message.author.role);
}

function isSpecial(message: Message, viewerId: string | null): boolean {
  return isTeam(message) || message.author.id === viewerId || concerns(message, viewerId);
}

/** It names this person. */
export function concerns(message: Message, viewerId: string | null): boolean {
  return viewerId !== null && message.mentions.some((mention) => mention.id === viewerId);
}
