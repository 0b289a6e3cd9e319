/** The choice of the messages that are drawn: in a fast show some of them, with the number of the others. Pure. */
import type { Message } from '../../timeline-client/index.ts';

/** Nobody reads more than this in a second for long. */
export const PER_SECOND_MAX = 4;
/** A burst after a quiet moment can be read afterwards. */
const BURST_MAX = 24;
/** With this many in the seconds before, a chat is busy. */
const BUSY_FROM = 20;
const LOOK_BACK_S = 5;
const LINES_MAX = 150;

export type Line =
  | { kind: 'message'; key: string; message: Message; own: OwnMark | null }
  | { kind: 'more'; key: string; count: number };

/** The state of a message of the viewer's own that the timeline does not show (yet). */
export type OwnMark = 'sending' | 'sent' | 'held' | 'declined' | 'expired';

export interface OwnLine {
  message: Message;
  mark: OwnMark;
}

/**
 * The first few messages of each busy second are drawn; the viewer's own, those that name the viewer, and the team's
 * always are. The choice depends on the messages before alone, so it is the same however the viewer got to a picture.
 */
export function chatLines(messages: readonly Message[], own: readonly OwnLine[], viewerId: string | null): Line[] {
  const lines: Line[] = [];
  const pace = new Pace();
  let more: { kind: 'more'; key: string; count: number } | null = null;
  const waiting = [...own];
  const drawOwnBefore = (ms: number): void => {
    for (let next = waiting[0]; next && next.message.shownFromMs < ms; next = waiting[0]) {
      // A sent message looks like all others.
      const own = next.mark === 'sent' ? null : next.mark;
      lines.push({ kind: 'message', key: next.message.id, message: next.message, own });
      waiting.shift();
    }
  };
  for (const message of messages) {
    drawOwnBefore(message.shownFromMs);
    if (pace.draws(message.shownFromMs, isSpecial(message, viewerId))) {
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

/** Counts second by second. */
class Pace {
  /** The numbers of messages in this second and in those before, the newest first. */
  #counts: number[] = [0];
  #second = Number.NaN;
  #drawn = 0;

  draws(ms: number, isSpecial: boolean): boolean {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) this.#begin(second);
    this.#counts[0] = (this.#counts[0] ?? 0) + 1;
    if (isSpecial) return true;
    const before = this.#counts.slice(1).reduce((sum, count) => sum + count, 0);
    if (this.#drawn >= (before > BUSY_FROM ? PER_SECOND_MAX : BURST_MAX)) return false;
    this.#drawn += 1;
    return true;
  }

  #begin(second: number): void {
    const quiet = Number.isNaN(this.#second) ? LOOK_BACK_S : Math.min(LOOK_BACK_S, Math.max(0, second - this.#second - 1));
    this.#counts = [0, ...Array.from({ length: quiet }, () => 0), ...this.#counts].slice(0, LOOK_BACK_S + 1);
    this.#second = second;
    this.#drawn = 0;
  }
}

export const TEAM: ReadonlySet<string> = new Set(['owner', 'producer', 'clerk', 'moderator', 'host']);

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
