/**
 * A person's part in a show: writing, asking, voting, reacting, reporting. Nothing is drawn before the server has
 * agreed: a vote counts when the server says so. The viewer's own message is there as soon as the server took it.
 */
import { newKey, type ApiError } from '../../api/client.ts';
import type { Mine, OwnMessage, Problem, Viewer } from '../../api/types.ts';
import type { Ack, Message, OwnState, Poll, Question, ViewState } from '../../timeline-client/index.ts';
import { Activations } from '../activations.ts';
import { Giveaways } from '../giveaways.ts';
import { Hearts, type Counts } from './hearts.ts';
import { TEAM, type OwnLine, type OwnMark } from './lines.ts';
import { writingOf, type TimeOut, type Writing } from './writing.ts';

const ECHOES_MAX = 30;
/** Time that a result stays in the poll's place after its picture. */
const RESULT_SHOWN_MS = 45_000;

/** The part of the timeline client that is used. */
export interface TalkTimeline {
  readonly view: ViewState;
  readonly own: OwnState;
  readonly pictureMs: number | null;
  readonly isBanned: boolean;
  serverNowMs(): number;
  send(name: string, body: Record<string, unknown>, id?: string): Promise<Ack>;
}

export interface TalkOptions {
  timeline: TalkTimeline;
  viewer: () => Viewer | null;
  isRecorded?: () => boolean;
  onChange: () => void;
  setTimeout?: (callback: () => void, ms: number) => number;
  /**
   * A clock that nothing sets, ms. Waits are measured by it: the estimate of the server's clock jumps with a better
   * measurement, and a wait that is a moment too short is refused.
   */
  clock?: () => number;
}

interface Echo {
  clientId: string;
  message: Message;
  mark: OwnMark;
  note: string;
}

/** A question of the viewer's own that the public list does not have: it waits for review, or was not let in. */
export interface OwnQuestion {
  id: string;
  text: string;
  productId: string | null;
  state: string;
  votes: number;
}

export class Talk {
  readonly hearts: Hearts;
  readonly giveaways: Giveaways;
  readonly activations: Activations;
  readonly #options: TalkOptions;
  readonly #timeline: TalkTimeline;
  readonly #session = newKey();
  readonly #clock: () => number;
  #echoes: Echo[] = [];
  #votes = new Map<string, readonly number[]>();
  #votedQuestions = new Set<string>();
  #asked = new Map<string, OwnQuestion>();
  #busy = new Set<string>();
  #acknowledged = new Set<string>();
  #warning: { id: string; reason: string } | null = null;
  /** How far the own stream went when `#warning` was read. */
  #warnedSeq = 0;
  #timeOut: (TimeOut & { seq: number }) | null = null;
  /** By `#clock`. */
  #lastSentMs: number | null = null;
  #notBeforeMs = 0;
  #dismissed = new Set<string>();
  /** The message that the next one answers. */
  replyTo: Message | null = null;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#timeline = options.timeline;
    this.#clock = options.clock ?? (() => performance.now());
    this.activations = new Activations(options.timeline, options.isRecorded ?? (() => false), options.onChange);
    this.giveaways = new Giveaways(options.timeline, options.isRecorded ?? (() => false), options.onChange);
    this.hearts = new Hearts({
      now: () => this.#timeline.serverNowMs(),
      setTimeout: options.setTimeout ?? ((callback, ms) => setTimeout(callback, ms) as unknown as number),
      send: (totals: Counts) => this.#timeline.send('reactions', { session: this.#session, totals }),
    });
  }

  /** Take over the server's facts about this person from before the page was opened. */
  adopt(mine: Mine): void {
    this.#votes = new Map([...Object.entries(mine.votes ?? {}), ...this.#votes]); // votes given meanwhile are newer
    this.#votedQuestions = new Set([...(mine.question_votes ?? []), ...this.#votedQuestions]);
    this.#adoptWords(mine);
    this.giveaways.adopt(mine);
    this.activations.adopt(mine);
    if (mine.warning) this.#warning = { id: mine.warning.warning_id, reason: mine.warning.reason };
    this.#warnedSeq = mine.own_seq ?? 0;
    if (mine.time_out_until) this.#timeOut = { untilMs: Date.parse(mine.time_out_until), reason: mine.time_out_reason ?? '', seq: 0 };
    this.#options.onChange();
  }

  #adoptWords({ questions = [], sent = [], held = [] }: Mine): void {
    for (const { question_id: id, text, product_id, state, votes } of questions) {
      this.#asked.set(id, { id, text, productId: product_id ?? null, state, votes: votes ?? 1 });
    }
    for (const one of sent) this.#echoSent(one);
    for (const one of held) if (one.text) this.#echo(one.client_id, one.message_id, one.text, 'held');
  }

  // --- permissions

  get writing(): Writing {
    const { view, isBanned } = this.#timeline;
    const clockMs = this.#clock();
    return writingOf({
      state: view.state,
      rules: view.rules,
      viewer: this.#options.viewer(),
      isBanned,
      timeOut: this.timeOut,
      hasWarning: this.warning !== null,
      sinceSentMs: this.#lastSentMs === null ? null : clockMs - this.#lastSentMs,
      toldWaitMs: Math.max(0, this.#notBeforeMs - clockMs),
      nowMs: this.#timeline.serverNowMs(),
    });
  }

  get isStaff(): boolean {
    return TEAM.has(this.#options.viewer()?.role ?? '');
  }

  /** To be acknowledged before writing again. */
  get warning(): { id: string; reason: string } | null {
    const { own } = this.#timeline;
    // A warning from before the page asked that was not in the answer had been acknowledged.
    const told = own.warning && (own.warning.seq > this.#warnedSeq || own.warning.id === this.#warning?.id) ? own.warning : null;
    const warning = told ?? this.#warning;
    return warning && !this.#acknowledged.has(warning.id) && !own.liftedWarnings.has(warning.id) ? warning : null;
  }

  get timeOut(): TimeOut | null {
    const { timeOut, seq } = this.#timeline.own;
    if (timeOut) return timeOut;
    // The personal stream is newer than the page: it tells of a time-out, or that there is none.
    return seq > 0 && this.#timeOut?.seq === 0 ? null : this.#timeOut;
  }

  isBusy(what: string): boolean {
    return this.#busy.has(what);
  }

  // --- chat

  /** Resolves when the server has it; the message itself comes back on the timeline, or waits for review. */
  async say(text: string, clientId: string): Promise<'shown' | 'held'> {
    const replyTo = this.replyTo;
    const ack = await this.#send('message', { text, ...(replyTo ? { reply_to: replyTo.id } : {}) }, clientId);
    this.#lastSentMs = this.#clock();
    if (this.replyTo === replyTo) this.replyTo = null;
    const state = ack['state'] === 'held' ? 'held' : 'shown';
    this.#echo(clientId, String(ack['message_id'] ?? clientId), text, state === 'held' ? 'held' : 'sent', replyTo);
    this.#options.onChange();
    return state;
  }

  reply(message: Message | null): void {
    this.replyTo = message;
    this.#options.onChange();
  }

  async report(message: Message, reason: 'spam' | 'abuse' | 'other'): Promise<void> {
    await this.#once(`report-${message.id}`, () => this.#send('report', { message_id: message.id, reason }));
  }

  async acknowledge(warningId: string): Promise<void> {
    await this.#once('acknowledge', () => this.#send('acknowledge', { warning_id: warningId }));
    this.#acknowledged.add(warningId);
    this.#options.onChange();
  }

  /** Own messages that the timeline does not show: taken a moment ago, waiting for review, or not let in. */
  get ownLines(): OwnLine[] {
    const { messages } = this.#timeline.view;
    const shown = new Set(messages.map((message) => message.id));
    const firstMs = messages[0]?.shownFromMs ?? Number.NEGATIVE_INFINITY;
    const lines: OwnLine[] = [];
    this.#echoes = this.#echoes.filter(({ message }) => !shown.has(message.id));
    for (const { message, mark } of this.#echoes) {
      // The entries of the chat begin after it.
      if (mark === 'sent' && message.shownFromMs < firstMs) continue;
      const held = this.#timeline.own.held.get(message.id);
      // Approved: it comes on the timeline, at the picture that belongs to it.
      if (held?.state === 'approved') continue;
      lines.push({ message, mark: held && held.state !== 'held' ? held.state : mark });
    }
    return lines;
  }

  /** Why a message was not let in. */
  noteOf(messageId: string): string {
    return this.#timeline.own.held.get(messageId)?.note ?? '';
  }

  forgetLine(messageId: string): void {
    this.#echoes = this.#echoes.filter(({ message }) => message.id !== messageId);
    this.#options.onChange();
  }

  /** A message from before the page was opened is drawn in its place, unless the timeline shows it. */
  #echoSent({ client_id: clientId, message_id: id, at, text, reply_to, mentions }: OwnMessage): void {
    const viewer = this.#options.viewer();
    if (!viewer || this.#echoes.some((echo) => echo.clientId === clientId)) return;
    const atMs = Date.parse(at);
    this.#keepEcho({
      clientId,
      message: {
        id,
        seq: Number.MAX_SAFE_INTEGER,
        author: { id: viewer.id, name: viewer.name ?? '', role: viewer.role },
        text,
        atMs,
        shownFromMs: atMs,
        clientId,
        replyTo: reply_to ?? null,
        mentions: mentions ?? [],
      },
      mark: 'sent',
      note: '',
    });
  }

  #keepEcho(echo: Echo): void {
    const others = this.#echoes.filter(({ clientId }) => clientId !== echo.clientId);
    this.#echoes = [...others, echo].sort((a, b) => a.message.shownFromMs - b.message.shownFromMs).slice(-ECHOES_MAX);
  }

  #echo(clientId: string, messageId: string, text: string, mark: OwnMark, replyTo: Message | null = null): void {
    const viewer = this.#options.viewer();
    if (!viewer) return;
    const nowMs = this.#timeline.serverNowMs();
    const picture = this.#timeline.pictureMs ?? nowMs;
    const message: Message = {
      id: messageId,
      seq: Number.MAX_SAFE_INTEGER,
      author: { id: viewer.id, name: viewer.name ?? '', role: viewer.role },
      text,
      atMs: nowMs,
      shownFromMs: Math.min(nowMs, picture),
      clientId,
      replyTo: replyTo ? { message_id: replyTo.id, name: replyTo.author.name, text: replyTo.text } : null,
      mentions: [],
    };
    this.#keepEcho({ clientId, message, mark, note: '' });
  }

  // --- questions

  async ask(text: string, productId: string | null, clientId: string): Promise<'open' | 'held'> {
    const ack = await this.#send('question', { text, product_id: productId }, clientId);
    this.#lastSentMs = this.#clock();
    const id = String(ack['question_id'] ?? clientId);
    const state = ack['state'] === 'held' ? 'held' : 'open';
    this.#asked.set(id, { id, text, productId: productId || null, state, votes: 1 });
    this.#votedQuestions.add(id);
    this.#options.onChange();
    return state;
  }

  hasVotedFor(questionId: string): boolean {
    return this.#votedQuestions.has(questionId);
  }

  isMine(question: { id: string; author: { id: string } }): boolean {
    return question.author.id === this.#options.viewer()?.id || this.#asked.has(question.id);
  }

  /** Asked by this person and not in the list of everyone; each as they were told last. */
  hiddenQuestions(shown: readonly Question[]): OwnQuestion[] {
    const ids = new Set(shown.map((question) => question.id));
    const hidden = [...this.#asked.values()].filter(({ id }) => !ids.has(id));
    return hidden.map((one) => ({ ...one, state: this.#toldOf(one.id) ?? one.state })).filter(({ state }) => state !== 'removed');
  }

  #toldOf(questionId: string): string | undefined {
    for (const news of this.#timeline.own.news) if (news.kind === 'question.news' && news.body.question_id === questionId) return news.body.state;
    return undefined;
  }

  async voteForQuestion(questionId: string, isVoted: boolean): Promise<void> {
    await this.#once(`question-${questionId}`, () => this.#send('question_vote', { question_id: questionId, up: isVoted }));
    if (isVoted) this.#votedQuestions.add(questionId);
    else this.#votedQuestions.delete(questionId);
    this.#options.onChange();
  }

  // --- polls

  choiceOf(pollId: string): readonly number[] {
    return this.#votes.get(pollId) ?? [];
  }

  async vote(pollId: string, options: readonly number[]): Promise<void> {
    await this.#once(`poll-${pollId}`, () => this.#send('vote', { poll_id: pollId, options: [...options] }));
    this.#votes.set(pollId, options);
    this.#options.onChange();
  }

  /** The poll that belongs to this picture: open, or closed a moment ago. */
  get poll(): Poll | null {
    const { view, pictureMs } = this.#timeline;
    const last = [...view.polls].reverse().find((poll) => poll.isOpen || isFresh(poll, pictureMs, this.#timeline.serverNowMs()));
    return last && view.state !== 'draft' ? last : null;
  }

  isPollAside(pollId: string): boolean {
    return this.#dismissed.has(pollId);
  }

  setPollAside(pollId: string, isAside: boolean): void {
    if (isAside) this.dismiss(pollId);
    else this.restore(pollId);
  }

  /** An announcement that has been read; another one is shown again. */
  isDismissed(id: string): boolean {
    return this.#dismissed.has(id);
  }

  dismiss(id: string): void {
    this.#dismissed.add(id);
    this.#options.onChange();
  }

  restore(id: string): void {
    this.#dismissed.delete(id);
    this.#options.onChange();
  }

  // --- inside

  /** A problem that says how long to wait is kept in mind: the composer counts down. */
  async #send(name: string, body: Record<string, unknown>, id?: string): Promise<Ack> {
    try {
      return await this.#timeline.send(name, body, id);
    } catch (error) {
      const { problem } = error as ApiError;
      if (problem?.retry_after_s !== undefined && (name === 'message' || name === 'question')) {
        this.#notBeforeMs = this.#clock() + problem.retry_after_s * 1000;
      }
      if (problem) this.#restricted(problem);
      this.#options.onChange();
      throw error;
    }
  }

  /** A refusal tells of a restriction that the own stream has not told yet. */
  #restricted({ code, ...problem }: Problem): void {
    const reason = typeof problem['reason'] === 'string' ? problem['reason'] : '';
    if (code === 'timed-out') this.#timedOut(problem['until'], reason);
    if (code === 'warned' && typeof problem['warning_id'] === 'string') this.#warning = { id: problem['warning_id'], reason };
  }

  #timedOut(until: unknown, reason: string): void {
    const untilMs = typeof until === 'string' ? Date.parse(until) : Number.POSITIVE_INFINITY;
    this.#timeOut = { untilMs, reason, seq: this.#timeline.own.seq + 1 };
  }

  /** A second tap while the first is on its way does nothing. */
  async #once(what: string, act: () => Promise<unknown>): Promise<void> {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    this.#options.onChange();
    try {
      await act();
    } finally {
      this.#busy.delete(what);
      this.#options.onChange();
    }
  }
}

function isFresh(poll: Poll, pictureMs: number | null, nowMs: number): boolean {
  const now = pictureMs === null || !Number.isFinite(pictureMs) ? nowMs : pictureMs;
  return poll.closedMs !== null && now - poll.closedMs < RESULT_SHOWN_MS;
}
