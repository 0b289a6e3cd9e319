/**
 * Polls and quizzes. Opening and result belong to a picture; how the votes stand, and that a poll was taken back, are
 * facts of now. In whatever order they become known, the same picture shows the same.
 */
import type { SnapshotPoll } from '../api/types.ts';
import type { EntryBodies, PollChoice } from './entries.ts';

export interface Poll {
  id: string;
  question: string;
  options: readonly PollChoice[];
  choicesMax: number;
  isQuiz: boolean;
  hidesTally: boolean;
  openedMs: number;
  /** By the server's clock; null: when someone closes it. */
  closesAtMs: number | null;
  /** The picture at which it closed; null while nobody has closed it. */
  closedMs: number | null;
  /** At this picture it is open. */
  isOpen: boolean;
  /** Nobody has closed it yet: a vote counts, as far as we know. */
  takesVotes: boolean;
  /** By position; null: nobody is told yet. */
  votes: readonly number[] | null;
  voters: number;
  /** Positions of the right answers, of a quiz that has closed. */
  right: readonly number[];
}

interface Tally {
  seq: number;
  votes: readonly number[] | null;
  voters: number;
}

type Opened = Pick<Poll, 'id' | 'question' | 'options' | 'choicesMax' | 'isQuiz' | 'hidesTally' | 'openedMs' | 'closesAtMs'>;
type Closed = Tally & { closedMs: number; right: readonly number[] };

interface Facts {
  readonly opened?: Opened;
  readonly tally?: Tally;
  readonly closed?: Closed;
  readonly isWithdrawn?: boolean;
}

export type PollBook = ReadonlyMap<string, Facts>;

interface Told<Body> {
  seq: number;
  at: string;
  picture_at?: string | null;
  body: Body;
}

export function pollsOf(snapshot: readonly SnapshotPoll[], seq: number): PollBook {
  return new Map(
    snapshot.map((poll): [string, Facts] => {
      const opened = openedOf(poll, poll.opened_at);
      const { votes, voters, right } = poll;
      if (poll.state !== 'closed') return [poll.poll_id, { opened, tally: { seq, votes, voters } }];
      const closedMs = Date.parse(poll.closed_at ?? poll.opened_at);
      return [poll.poll_id, { opened, closed: { seq, votes, voters, right, closedMs } }];
    }),
  );
}

function openedOf(body: EntryBodies['poll.opened'], pictureAt: string): Opened {
  return {
    id: body.poll_id,
    question: body.question,
    options: body.options,
    choicesMax: body.choices_max,
    isQuiz: body.is_quiz,
    hidesTally: body.hides_tally,
    openedMs: Date.parse(pictureAt),
    closesAtMs: body.closes_at === null ? null : Date.parse(body.closes_at),
  };
}

export function withOpened(book: PollBook, entry: Told<EntryBodies['poll.opened']>): PollBook {
  return changed(book, entry.body.poll_id, { opened: openedOf(entry.body, entry.picture_at ?? entry.at) });
}

export function withTally(book: PollBook, entry: Told<EntryBodies['poll.tally']>): PollBook {
  const { poll_id: id, votes, voters } = entry.body;
  if ((book.get(id)?.tally?.seq ?? 0) >= entry.seq) return book;
  return changed(book, id, { tally: { seq: entry.seq, votes, voters } });
}

export function withClosed(book: PollBook, entry: Told<EntryBodies['poll.closed']>): PollBook {
  const { poll_id: id, votes, voters, right } = entry.body;
  const closedMs = Date.parse(entry.picture_at ?? entry.at);
  return changed(book, id, { closed: { seq: entry.seq, votes, voters, right, closedMs } });
}

export function withWithdrawn(book: PollBook, id: string): PollBook {
  return new Map(book).set(id, { isWithdrawn: true });
}

/** A poll that was taken back stays so, also when an older page comes in later. */
function changed(book: PollBook, id: string, facts: Facts): PollBook {
  const known = book.get(id);
  return known?.isWithdrawn ? book : new Map(book).set(id, { ...known, ...facts });
}

/** Every poll up to this picture, in the order in which they were opened. */
export function pollsAt(book: PollBook, pictureMs: number): readonly Poll[] {
  const polls: Poll[] = [];
  for (const facts of book.values()) {
    if (facts.opened && facts.opened.openedMs <= pictureMs) polls.push(pollAt(facts.opened, facts, pictureMs));
  }
  return polls.sort((a, b) => a.openedMs - b.openedMs);
}

function pollAt(opened: Opened, { tally, closed }: Facts, pictureMs: number): Poll {
  const isOpen = !closed || pictureMs < closed.closedMs;
  // Nobody voted after the close: the result equals the last tally.
  const last: Omit<Tally, 'seq'> = closed ?? tally ?? { votes: opened.options.map(() => 0), voters: 0 };
  const { votes, voters } = opened.hidesTally && isOpen ? { votes: null, voters: 0 } : last;
  return {
    ...opened,
    isOpen, closedMs: closed?.closedMs ?? null,
    takesVotes: !closed,
    votes,
    voters,
    right: closed && !isOpen ? closed.right : [],
  };
}

/** The next picture after this one at which a poll opens or closes. */
export function nextPollChange(book: PollBook, pictureMs: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { opened, closed } of book.values()) {
    for (const ms of [opened?.openedMs, closed?.closedMs]) {
      if (ms !== undefined && ms > pictureMs && ms < next) next = ms;
    }
  }
  return next;
}
