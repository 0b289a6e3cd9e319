/** Messages, in the order in which they are shown. */
import type { Author, ShowState, SnapshotMessage } from '../api/types.ts';
import type { EntryBodies, Mention, Reply } from './entries.ts';
import { SortedList } from './sorted-list.ts';

/** Enough for a long evening; the oldest go first. A replay goes through all of it. */
export const MESSAGES_KEPT_MAX: Record<ShowState, number> = { draft: 1000, scheduled: 20_000, live: 20_000, ended: 60_000 };

export interface Message {
  id: string;
  seq: number;
  author: Author;
  text: string;
  atMs: number;
  /** The picture from which it is shown. The viewer's own message does not wait for the picture. */
  shownFromMs: number;
  clientId: string | null;
  replyTo: Reply | null;
  mentions: readonly Mention[];
}

export type MessageList = SortedList<Message>;

export function byPicture(a: Message, b: Message): number {
  return a.shownFromMs - b.shownFromMs || a.seq - b.seq;
}

export function messageList(snapshot: readonly SnapshotMessage[]): MessageList {
  const messages = snapshot.map((message): Message => {
    const atMs = Date.parse(message.at);
    return {
      id: message.message_id,
      seq: message.seq,
      author: message.author,
      text: message.text,
      atMs,
      shownFromMs: atMs,
      clientId: null,
      replyTo: message.reply_to ?? null,
      mentions: message.mentions ?? [],
    };
  });
  return SortedList.of(messages, byPicture);
}

/** Null for a message that has been taken back. */
export function messageOf(
  entry: { seq: number; at: string; body: EntryBodies['message.posted'] },
  ownPictureMs: number | null,
): Message | null {
  const { message_id: id, author, text, client_id, reply_to, mentions } = entry.body;
  if (!author || !text) return null;
  const atMs = Date.parse(entry.at);
  return {
    id,
    seq: entry.seq,
    author,
    text,
    atMs,
    shownFromMs: ownPictureMs === null ? atMs : Math.min(atMs, ownPictureMs),
    clientId: client_id ?? null,
    replyTo: reply_to ?? null,
    mentions: mentions ?? [],
  };
}

/** A message without the name of someone whose data was erased, and without quotes of messages that are gone. */
export function withoutTraces(message: Message, author: string | null, goneIds: ReadonlySet<string>): Message {
  const quotesGone = message.replyTo !== null && goneIds.has(message.replyTo.message_id);
  const rest = withoutNamed(message, author);
  return quotesGone ? { ...rest, replyTo: null } : rest;
}

/** A message, or a pinned one, without the name of someone whose data was erased. */
export function withoutNamed<T extends { text: string; mentions: readonly Mention[] }>(said: T, author: string | null): T {
  const names = said.mentions.filter((mention) => mention.id === author).map(({ name }) => name);
  if (names.length === 0) return said;
  return { ...said, text: withoutNames(said.text, names), mentions: said.mentions.filter((mention) => mention.id !== author) };
}

/** `@Ana` in whatever case, where it is written: `without_names` of the server does the same. */
export function withoutNames(text: string, names: readonly string[]): string {
  const escaped = (name: string): string => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return names.reduce((left, name) => left.replace(new RegExp(`@${escaped(name)}`, 'giu'), '@…'), text);
}
