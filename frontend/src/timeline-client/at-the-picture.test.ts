/**
 * A whole evening of every kind, watched in every way: what is shown at a picture is the same however one got there.
 */
import { describe, expect, it } from 'vitest';
import type { ShowSnapshot } from '../api/types.ts';
import { absorbHistory, applyEntries } from './apply.ts';
import { ENTRY_KINDS } from './entry-kinds.ts';
import type { EntryKind, RawEntry } from './entries.ts';
import { docFromSnapshot, nextChange, viewAt, type ShowDoc, type ViewState } from './show-state.ts';
import { at, follow, pictureAt, posted, snapshotOf, told } from './testing.ts';

/** Numbers that are the same in each run. */
function chance(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return state % below;
  };
}

const LENGTH_S = 300;
const ENTRIES = 220;
const ADA = { id: 'g:ada', name: 'Ada', role: 'guest' };

interface Making {
  seq: number;
  time: number;
  /** The picture that the producer looks at: not always later than the one before. */
  seen: number;
  pick: (below: number) => number;
  counts: { polls: number; questions: number; hearts: number };
  open: { id: string; votes: [number, number] }[];
}

const MAKE: ((making: Making) => RawEntry | null)[] = [
  ...Array.from({ length: 5 }, () => ({ seq, time, pick }: Making) => posted(seq, time, `words ${seq}`, ['g:ada', 'g:bea', 'u:host'][pick(3)])),
  ({ seq, time, seen, pick }) => told(seq, time, 'comment.pinned', { message_id: `m${1 + pick(seq)}`, author: ADA, text: `pin ${seq}` }, seen),
  ({ seq, time, seen }) => told(seq, time, 'comment.unpinned', { message_id: 'm1' }, seen),
  ({ seq, time, seen }) => told(seq, time, 'announcement.shown', { announcement_id: `a${seq}`, text: `news ${seq}`, url: null }, seen),
  ({ seq, time, seen }) => told(seq, time, 'announcement.ended', { announcement_id: `a${seq}` }, seen),
  ({ seq, time, counts }) => {
    counts.questions += 1;
    return told(seq, time, 'question.asked', { question_id: `q${counts.questions}`, author: ADA, text: `why ${seq}?`, product_id: null });
  },
  ({ seq, time, pick, counts }) =>
    counts.questions > 0 ? told(seq, time, 'question.votes', { votes: { [`q${1 + pick(counts.questions)}`]: seq } }) : null,
  ({ seq, time, seen, pick, counts }) => {
    if (counts.questions === 0) return null;
    const state = ['picked', 'answered', 'dismissed', 'open', 'removed'][pick(5)] ?? 'open';
    const answered_at = state === 'answered' ? at(seen) : null;
    const facts = { votes: seq, merged_into: null, answering: null, answered_at, answer: null };
    return told(seq, time, 'question.changed', { question_id: `q${1 + pick(counts.questions)}`, state, ...facts });
  },
  ({ seq, time, seen, counts, open }) => {
    if (open.length > 0) return null;
    counts.polls += 1;
    const poll_id = `p${counts.polls}`;
    open.push({ id: poll_id, votes: [0, 0] });
    const options = [0, 1].map((position) => ({ position, text: `option ${position}` }));
    const rules = { choices_max: 1, is_quiz: true, hides_tally: counts.polls % 2 === 0, closes_at: null };
    return told(seq, time, 'poll.opened', { poll_id, question: 'Which?', options, ...rules }, seen);
  },
  ({ seq, time, pick, open }) => {
    const [last] = open;
    if (!last) return null;
    last.votes[pick(2)]! += 1;
    const tally = { poll_id: last.id, votes: [...last.votes], voters: last.votes[0] + last.votes[1] };
    if (pick(3) > 0) return told(seq, time, 'poll.tally', tally);
    open.pop();
    return pick(5) === 0 ? told(seq, time, 'poll.withdrawn', { poll_id: last.id }) : told(seq, time, 'poll.closed', { ...tally, right: [1] }, time);
  },
  ({ seq, time, pick, counts }) => {
    counts.hearts += 1 + pick(4);
    return told(seq, time, 'reaction.counts', { totals: { heart: counts.hearts } });
  },
  ({ seq, time, seen, pick }) =>
    pick(4) > 0
      ? told(seq, time, 'highlight.started', { highlight_id: `h${seq}`, items: [], product_ids: ['p'], products: [] }, seen)
      : told(seq, time, 'message.deleted', { message_id: `m${1 + pick(seq)}`, seq: 1 }),
];

/** An evening in which everything happens, in the order of its timeline. */
function evening(seed: number): RawEntry[] {
  const pick = chance(seed);
  const making = { pick, counts: { polls: 0, questions: 0, hearts: 0 }, open: [] };
  const entries: RawEntry[] = [];
  while (entries.length < ENTRIES) {
    const seq = entries.length + 1;
    const time = (seq / ENTRIES) * LENGTH_S;
    const entry = MAKE[pick(MAKE.length)]?.({ ...making, seq, time, seen: Math.max(0, time - pick(6)) });
    if (entry) entries.push(entry);
  }
  return entries;
}

const nobody = { viewerId: null, pictureMs: null };

function after(entries: readonly RawEntry[], batch = entries.length): ShowDoc {
  let doc = docFromSnapshot(snapshotOf());
  for (let from = 0; from < entries.length; from += batch) {
    const some = entries.slice(from, from + batch);
    doc = applyEntries(doc, { from: from + 1, to: from + some.length, entries: some }, nobody)!;
  }
  return doc;
}

/** What is on screen: without counters of now, which no picture is waited for. */
function shown(view: ViewState) {
  const { messages, pinned, announcement, polls, reactions, highlights, questions } = view;
  return {
    messages: messages.map(({ id, text }) => `${id} ${text}`),
    pinned: pinned?.text ?? null,
    announcement: announcement?.text ?? null,
    polls: polls.map(({ id, isOpen, votes, right }) => ({ id, isOpen, votes, right })),
    hearts: reactions['heart'] ?? 0,
    highlights: highlights.map((one) => one.id),
    questions: questions.map(({ id, state, votes }) => `${id} ${state} ${votes}`),
  };
}

const pictures = Array.from({ length: 61 }, (_, n) => pictureAt((n * LENGTH_S) / 60 + 0.25));

describe.each([1, 2, 3, 4, 5, 6])('evening %i', { timeout: 30_000 }, (seed) => {
  const entries = evening(seed);
  const whole = after(entries);
  const truth = pictures.map((picture) => shown(viewAt(whole, picture)));

  it('has something of everything', () => {
    const kinds = new Set(entries.map((entry) => entry.kind));
    for (const kind of ['comment.pinned', 'announcement.shown', 'poll.opened', 'reaction.counts', 'question.changed']) expect(kinds).toContain(kind);
  });

  it('is the same in ticks of any size', () => {
    for (const batch of [1, 7, 50]) {
      const doc = after(entries, batch);
      expect(pictures.map((picture) => shown(viewAt(doc, picture)))).toEqual(truth);
    }
  });

  it('is the same in a replay, whose pages come in any order', () => {
    const pick = chance(seed + 100);
    const pages: RawEntry[][] = [];
    for (let from = 0; from < entries.length; from += 40) pages.push(entries.slice(from, from + 40));
    pages.sort(() => pick(3) - 1);
    let doc = docFromSnapshot(snapshotOf({ timeline: { url: '/t', seq: entries.length, epoch: 'e1' } }));
    for (const page of pages) doc = absorbHistory(doc, page);
    // A tally is a fact of then: a poll that nobody closed has none in a replay.
    const closed = new Set(entries.filter((one) => one.kind === 'poll.closed').map((one) => (one.body as { poll_id: string }).poll_id));
    const polls = ({ polls: all, ...rest }: ReturnType<typeof shown>) => ({ ...rest, polls: all.filter(({ id }) => closed.has(id)) });
    expect(pictures.map((picture) => polls(shown(viewAt(doc, picture))))).toEqual(truth.map(polls));
  });

  it('is the same for a viewer who came later and then loaded the pages before', () => {
    const half = entries.length / 2;
    const early = after(entries.slice(0, half));
    let doc = docFromSnapshot(snapshotFrom(early, half));
    doc = applyEntries(doc, { from: half + 1, to: entries.length, entries: entries.slice(half) }, nobody)!;
    doc = absorbHistory(doc, entries.slice(0, half));
    const seen = pictures.map((picture) => shown(viewAt(doc, picture)));
    // What was deleted or removed before one came is redacted in the pages. Here it is not, so that is left aside.
    const isKnown = (n: number) => pictures[n]! > pictureAt(LENGTH_S / 2);
    const rest = ({ announcement, hearts, highlights, polls }: ReturnType<typeof shown>) => ({ announcement, hearts, highlights, polls });
    expect(seen.map(rest).filter((_, n) => isKnown(n))).toEqual(truth.map(rest).filter((_, n) => isKnown(n)));
    const tracks = ({ announcement, hearts, highlights }: ReturnType<typeof shown>) => ({ announcement, hearts, highlights });
    expect(seen.map(tracks)).toEqual(truth.map(tracks));
  });

  it('changes at no picture but those that it names', () => {
    for (let picture = pictureAt(-1); picture < pictureAt(LENGTH_S); ) {
      const next = nextChange(whole, picture);
      expect(next).toBeGreaterThan(picture);
      if (next === Number.POSITIVE_INFINITY) break;
      const now = shown(viewAt(whole, picture));
      expect(shown(viewAt(whole, picture + (next - picture) / 2))).toEqual(now);
      expect(shown(viewAt(whole, next - 0.001))).toEqual(now);
      picture = next;
    }
  });

  it('is the same for a viewer whose picture drifts, jumps, stalls and changes its speed', async () => {
    const pick = chance(seed + 7);
    const { world, client, welcome } = await follow();
    await welcome();
    const sender = { sent: 0 };
    const watch = watching(pick);
    for (let step = 0; world.nowMs < pictureAt(LENGTH_S + 20); step += 1) {
      const passedMs = 20 + pick(60);
      world.nowMs += passedMs;
      for (; sender.sent < entries.length && Date.parse(entries[sender.sent]!.at) <= world.nowMs; sender.sent += 1) {
        const entry = entries[sender.sent]!;
        world.socket.deliver({ type: 'entries', from: entry.seq, to: entry.seq, entries: [entry] });
      }
      const picture = watch(passedMs, world.nowMs);
      client.setPicture(picture);
      if (picture === null || step % 11 > 0) continue;
      // As for someone to whom everything up to now was told at once and who looks at this picture first.
      expect(shown(client.view)).toEqual(shown(viewAt(after(entries.slice(0, sender.sent)), picture)));
    }
    expect(sender.sent).toBe(entries.length);
    for (const [n, one] of pictures.entries()) {
      client.setPicture(one);
      expect(shown(client.view)).toEqual(truth[n]);
    }
  });
});

/** The picture of someone who pauses, seeks, drifts, catches up, and whose stream has discontinuities. */
function watching(pick: (below: number) => number): (passedMs: number, nowMs: number) => number | null {
  let picture = pictureAt(-8);
  let [speed, step] = [1, 0];
  return (passedMs, nowMs) => {
    step += 1;
    if (step % 40 === 1) speed = [0, 0.25, 0.98, 1, 1.02, 1.1, 2][pick(7)]!;
    picture = Math.min(nowMs - 1000, picture + passedMs * speed);
    if (pick(50) === 0) picture = Math.min(nowMs - 1000, pictureAt(pick(LENGTH_S))); // a jump
    if (pick(200) === 0) picture += 3_600_000 * (pick(2) ? 1 : -1); // another clock in the stream
    return pick(300) === 0 ? null : picture; // not known for a moment
  };
}

function snapshotFrom(doc: ShowDoc, seq: number): ShowSnapshot {
  const view = viewAt(doc, Number.POSITIVE_INFINITY);
  const facts = doc.polls;
  return snapshotOf({
    timeline: { url: '/t', seq, epoch: 'e1' },
    now: at((seq / ENTRIES) * LENGTH_S),
    highlights: doc.highlights.map((one) => ({
      highlight_id: one.id,
      product_ids: [...one.productIds],
      started_at: new Date(one.startedMs).toISOString(),
      ended_at: null,
    })),
    questions: view.questions
      .filter((one) => ['open', 'picked', 'answered'].includes(one.state))
      .map((one) => ({
        question_id: one.id,
        seq: one.seq,
        at: new Date(one.atMs).toISOString(),
        author: one.author,
        text: one.text,
        product_id: one.productId,
        state: one.state,
        votes: one.votes,
        merged_into: null,
        answering: null,
        answered_at: one.answeredMs === null ? null : new Date(one.answeredMs).toISOString(),
        answer: null,
      })),
    polls: view.polls.map((one) => ({
      poll_id: one.id,
      question: one.question,
      options: [...one.options],
      choices_max: one.choicesMax,
      is_quiz: one.isQuiz,
      hides_tally: one.hidesTally,
      state: one.isOpen ? 'open' : 'closed',
      opened_at: new Date(one.openedMs).toISOString(),
      closed_at: one.isOpen ? null : new Date(facts.get(one.id)!.closed!.closedMs).toISOString(),
      closes_at: null,
      votes: one.votes ? [...one.votes] : null,
      voters: one.voters,
      right: [...one.right],
    })),
    reactions: { ...view.reactions },
    announcement: view.announcement
      ? { announcement_id: view.announcement.id, text: view.announcement.text, url: null, started_at: startOf(doc) }
      : null,
  });
}

/** The picture from which the banner of now stands. */
function startOf(doc: ShowDoc): string {
  let from = pictureAt(-1);
  let text: string | undefined;
  for (let picture = from; picture !== Number.POSITIVE_INFINITY; picture = doc.announcement.next(picture)) {
    const now = doc.announcement.at(picture)?.text;
    if (now !== text) [from, text] = [picture, now];
  }
  return new Date(from).toISOString();
}

describe('each kind is released by its rule', () => {
  const before = [
    posted(1, 1, 'hello'),
    told(2, 2, 'question.asked', { question_id: 'q1', author: ADA, text: 'why?' }),
    told(3, 3, 'poll.opened', { poll_id: 'p1', question: 'Which?', options: [{ position: 0, text: 'a' }], choices_max: 1, is_quiz: false, hides_tally: false, closes_at: null }),
  ];
  const bodies: { [K in EntryKind]?: object } = {
    'show.ended': { ended_at: at(60) },
    'broadcast.lost': {},
    'highlight.started': { highlight_id: 'h1', product_ids: ['p'], products: [] },
    'stock.level': { variant_id: 'v', sku: 'S', available: 2 },
    'message.posted': { message_id: 'm9', author: ADA, text: 'new' },
    'message.deleted': { message_id: 'm1', seq: 1 },
    'comment.pinned': { message_id: 'm1', author: ADA, text: 'hello' },
    'announcement.shown': { announcement_id: 'a1', text: 'news', url: null },
    'chat.rules': { mode: 'staff', trait: null, slow_s: 5, shield: true },
    'author.erased': { author: 'g:ada', quoted: [] },
    'question.asked': { question_id: 'q2', author: ADA, text: 'when?' },
    'question.votes': { votes: { q1: 7 } },
    'question.changed': { question_id: 'q1', state: 'picked', votes: 1, merged_into: null, answering: 'Bea', answered_at: null, answer: null },
    'poll.tally': { poll_id: 'p1', votes: [3], voters: 3 },
    'poll.closed': { poll_id: 'p1', votes: [3], voters: 3, right: [] },
    'poll.withdrawn': { poll_id: 'p1' },
    'reaction.counts': { totals: { heart: 3 } },
    'poll.opened': { poll_id: 'p2', question: 'Or?', options: [], choices_max: 1, is_quiz: false, hides_tally: false, closes_at: null },
  };

  it.each(Object.entries(bodies))('%s', (kind, body) => {
    const { release } = ENTRY_KINDS[kind as EntryKind];
    const old = after(before);
    const entry = { seq: 4, at: at(60), kind, body };
    const doc = applyEntries(old, { from: 4, to: 4, entries: [entry] }, nobody)!;
    const all = (from: ShowDoc, picture: number) => {
      const { polls, ...view } = viewAt(from, picture);
      // A closed poll takes no more votes at once, and its tally is its result; the rest waits for the picture.
      return { ...view, polls: kind === 'poll.closed' ? polls.map(({ id, isOpen, right }) => ({ id, isOpen, right })) : polls };
    };
    const [before60, at60] = [pictureAt(59.9), pictureAt(60)];
    if (release === 'now') {
      expect(all(doc, before60)).not.toEqual(all(old, before60));
    } else {
      expect(all(doc, before60)).toEqual(all(old, before60));
      expect(all(doc, at60)).not.toEqual(all(old, at60));
    }
    if (release === 'picture' && kind !== 'message.posted') {
      const seenAt50 = applyEntries(old, { from: 4, to: 4, entries: [{ ...entry, picture_at: at(50) }] }, nobody)!;
      expect(all(seenAt50, pictureAt(49.9))).toEqual(all(old, pictureAt(49.9)));
      expect(all(seenAt50, pictureAt(50))).not.toEqual(all(old, pictureAt(50)));
    }
    // The console works ahead of the picture: everything at once.
    expect(all(doc, Number.POSITIVE_INFINITY)).not.toEqual(all(old, Number.POSITIVE_INFINITY));
  });
});

/** How many items of arrays are gone through, by loops and by the methods that look at each: work, not time. */
function itemsVisited(work: () => void): number {
  const proto = Array.prototype as unknown as Record<string | symbol, (...args: unknown[]) => unknown>;
  const names = ['slice', 'concat', 'map', 'filter', 'flatMap', 'forEach', 'reduce', 'sort', Symbol.iterator];
  const originals = names.map((name) => [name, proto[name]!] as const);
  let count = 0;
  for (const [name, original] of originals) {
    proto[name] = function (this: unknown[], ...args: unknown[]): unknown {
      const result = original.apply(this, args);
      count += name === 'slice' ? (result as unknown[]).length : this.length;
      return result;
    };
  }
  try {
    work();
  } finally {
    for (const [name, original] of originals) proto[name] = original;
  }
  return count;
}

describe('a fast show', { timeout: 30_000 }, () => {
  it('costs as little with 20,000 messages as with none', () => {
    const itemsFor = (kept: number): number => {
      const fill = Array.from({ length: kept }, (_, n) => posted(n + 1, n / 100, 'words'));
      let doc = docFromSnapshot(snapshotOf());
      doc = applyEntries(doc, { from: 1, to: kept, entries: fill }, nobody) ?? doc;
      return itemsVisited(() => {
        for (let tick = 0; tick < 50; tick += 1) {
          const from = kept + tick * 12 + 1;
          const entries = Array.from({ length: 12 }, (_, n) => posted(from + n, (from + n) / 100, 'words'));
          doc = applyEntries(doc, { from, to: from + 11, entries }, nobody)!;
          viewAt(doc, pictureAt((from + 6) / 100), 200);
          nextChange(doc, pictureAt((from + 6) / 100));
        }
      });
    };
    const [few, many] = [itemsFor(300), itemsFor(20_000)];
    expect(few).toBeGreaterThan(50 * 12);
    // Of 20,000 messages only the list of their 160 pieces is gone through: one copy of them all a tick is ten times more.
    expect(many - few).toBeLessThan(50 * 2_000);
  });

  it('keeps about the last 20,000 messages', () => {
    let doc = docFromSnapshot(snapshotOf());
    for (let from = 1; from < 30_000; from += 1000) {
      const entries = Array.from({ length: 1000 }, (_, n) => posted(from + n, (from + n) / 100, 'words'));
      doc = applyEntries(doc, { from, to: from + 999, entries }, nobody)!;
    }
    expect(doc.messages.length).toBeGreaterThan(19_500);
    expect(doc.messages.length).toBeLessThanOrEqual(20_000);
    expect(viewAt(doc, Number.POSITIVE_INFINITY).messages.at(-1)!.id).toBe('m30000');
  });
});
