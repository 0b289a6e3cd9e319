/**
 * A moderator's lists and actions beside the chat's messages: questions, polls, the review queue, chat rules, word
 * rules and the log. No DOM. The lists are the server's; a change on a timeline says which of them to fetch anew, so
 * that two moderators see the same and nothing here is optimistic.
 */
import type { ErasedOut } from '../api/schema.ts';
import { ApiError, type Api } from '../api/client.ts';
import type { BackstageDoc, ViewState } from '../timeline-client/index.ts';
import type { ActionRunner } from './action-runner.ts';
import type { AuditLine, ListName, Lists, Measure, RecommendationDraft, PollDraft, StaffPoll, StaffQuestion, StaffRules, Restriction, PersonRef, WordRule, WordTest } from './talk-types.ts';
import { Points } from './points.ts';
import { t } from './texts.ts';

/** A vote each tick must not become a request each tick. */
const REFRESH_MS = 1000;
/** After the network has failed. */
const AGAIN_MS = 5000;
/** A lock or a mark is kept while somebody types, well before the server lets go of it (two minutes). */
const KEEP_MS = 30_000;
/** Lines of the log in one answer. */
const AUDIT_PAGE = 50;

export type * from './talk-types.ts';

/** Lists that nobody wants before their window is opened. */
const WHEN_OPENED: ReadonlySet<ListName> = new Set(['words', 'people', 'audit']);
/** Addresses of lists that the server calls otherwise. */
const ADDRESSES: Readonly<Partial<Record<ListName, string>>> = { rules: 'chat-rules', people: 'restrictions' };
const NOTHING: Lists = { questions: null, polls: null, deals: null, review: null, rules: null, words: null, audit: null, people: null };

export class Talk {
  lists: Lists = NOTHING;
  readonly points: Points;
  readonly #path: string;
  readonly #api: Api;
  readonly #actions: ActionRunner;
  readonly #changed: () => void;
  readonly #serverNowMs: () => number;
  #news = 0;
  hasAllAudit = false;
  /** The back office's page for a list of words; empty for who may not open it. */
  importHref = '';
  readonly #timers = new Map<ListName, { atMs: number; timer: ReturnType<typeof setTimeout> }>();
  /** Lists that this person may not see; they are not fetched again. */
  readonly #refused = new Set<ListName>();
  /** Ids in the review list; null before it was there. */
  #known: ReadonlySet<string> | null = null;
  readonly #keptMs = new Map<string, number>();
  readonly #fetchedMs = new Map<ListName, number>();
  /** The state of each list when it was last looked at. */
  readonly #noted = new Map<string, string>();
  #brand = '';
  #stopped = false;

  constructor(path: string, api: Api, actions: ActionRunner, changed: () => void, serverNowMs: () => number = () => Date.now()) {
    this.#serverNowMs = serverNowMs;
    this.#path = path;
    this.#api = api;
    this.#actions = actions;
    this.#changed = changed;
    this.points = new Points(path, api, actions, changed, (...undo) => this.offerUndo(...undo));
  }

  /** The brand's address: word rules are the brand's, not the show's. */
  start(brand: string): void {
    this.#brand = brand;
    this.points.refresh();
    for (const name of ['questions', 'polls', 'deals', 'review', 'rules'] as const) this.refresh(name);
  }

  stop(): void {
    this.#stopped = true;
    this.points.stop();
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
  }

  /** The show's timeline has changed: which lists are old now? */
  watch(view: ViewState): void {
    const { questions, polls, rules, dealsSeq } = view;
    this.#note('deals', String(dealsSeq));
    this.points.watch(view);
    this.#note('questions', questions.map((one) => `${one.id} ${one.state} ${String(one.votes)} ${one.answering ?? ''}`).join());
    this.#note('polls', polls.map((one) => `${one.id} ${String(one.isOpen)} ${String(one.voters)} ${String(one.votes)}`).join());
    this.#note('rules', JSON.stringify(rules));
  }

  /** The same for the backstage. */
  watchBackstage({ review, audit, tallies, dealsSeq }: BackstageDoc): void {
    const items = [...review.values()];
    this.#note('review', items.map((one) => `${one.id} ${String(one.reports)} ${one.takenBy ?? ''}`).join());
    this.#note('dealCounts', String(dealsSeq), 'deals');
    this.#note('held', items.filter((one) => one.of === 'question').map((one) => one.id).join(), 'questions');
    // Each action of a moderator is a line there; a change of the list of people is one of them.
    this.#note('audit', String(audit[0]?.seq));
    this.#note('done', String(audit[0]?.seq), 'people');
    this.#note('hidden', [...tallies.values()].map((one) => String(one.votes)).join(), 'polls');
  }

  #note(what: string, now: string, list = what as ListName): void {
    const before = this.#noted.get(what);
    this.#noted.set(what, now);
    const isWanted = !WHEN_OPENED.has(list) || this.#fetchedMs.has(list);
    if (isWanted && before !== undefined && before !== now) this.refresh(list);
  }

  /** Questions nobody has answered, the ones wanted most first. */
  get waiting(): readonly StaffQuestion[] {
    return (this.lists.questions ?? []).filter((one) => one.state === 'open' || one.state === 'picked');
  }

  /** The number of items that came into the review queue since the last call: each is told once. */
  takeNews(): number {
    const news = this.#news;
    this.#news = 0;
    return news;
  }

  get openPoll(): StaffPoll | undefined {
    return this.lists.polls?.find((one) => one.state === 'open');
  }

  /** Fetches a list, soon and at most once a second however often it changes, or in `inMs`. */
  refresh(name: ListName, inMs = 0): void {
    if (this.#stopped || this.#refused.has(name)) return;
    const atMs = Math.max(Date.now() + inMs, (this.#fetchedMs.get(name) ?? 0) + REFRESH_MS);
    const planned = this.#timers.get(name);
    if (planned && planned.atMs <= atMs) return;
    clearTimeout(planned?.timer);
    this.#timers.set(name, { atMs, timer: setTimeout(() => void this.#fetch(name), atMs - Date.now()) });
  }

  async #fetch(name: ListName): Promise<void> {
    this.#timers.delete(name);
    this.#fetchedMs.set(name, Date.now());
    let isUncertain = false;
    const ran = await this.#actions.runInBackground(`list:${name}`, async () => {
      try {
        const list = await this.#api.request<unknown>(this.#address(name));
        this.lists = { ...this.lists, [name]: list };
        if (name === 'audit') this.hasAllAudit = (list as readonly unknown[]).length < AUDIT_PAGE;
      } catch (error) {
        isUncertain = error instanceof ApiError && error.isUncertain;
        if (error instanceof ApiError && error.status === 403) this.#refused.add(name);
        throw error;
      }
    });
    if (isUncertain) this.refresh(name, AGAIN_MS);
    // A second request came while the first was under way, whose answer may be older.
    else if (!ran && !this.#actions.errorAt(`list:${name}`)) this.refresh(name);
    if (name === 'review') this.#onReview();
    this.#changed();
  }

  #onReview(): void {
    const items = this.lists.review;
    if (!items) return;
    const known = this.#known;
    this.#known = new Set(items.map((one) => one.item_id));
    if (known) this.#news += items.filter((one) => !known.has(one.item_id)).length;
    // A lock ends by itself, which nobody says.
    const ends = items.flatMap((one) => (one.taken_until === null ? [] : [Date.parse(one.taken_until)]));
    if (ends.length) this.refresh('review', Math.max(REFRESH_MS, Math.min(...ends) - this.#serverNowMs() + REFRESH_MS));
  }

  #address(name: ListName): string {
    if (name === 'words') return this.#words;
    return `${this.#path}/${ADDRESSES[name] ?? name}`;
  }

  get #words(): string {
    return `/brands/${encodeURIComponent(this.#brand)}/words`;
  }

  async #post(path: string, body: unknown = {}): Promise<void> {
    await this.#api.request(`${this.#path}${path}`, { method: 'POST', body });
  }

  async #delete(path: string): Promise<void> {
    await this.#api.request(`${this.#path}${path}`, { method: 'DELETE' });
  }

  // Above the chat

  pin(messageId: string): Promise<boolean> {
    return this.#actions.runUndoable('pin', async () => {
      await this.#post('/pin', { message_id: messageId, ...this.#actions.picture() });
      this.offerUndo(t('pin.done'), 'comment.pinned', messageId);
    });
  }

  unpin(messageId: string): Promise<boolean> {
    return this.#actions.runUndoable('pin', async () => {
      await this.#delete(`/pin${this.#actions.pictureQuery()}`);
      this.offerUndo(t('pin.undone'), 'comment.unpinned', messageId);
    });
  }

  announce(text: string, url: string): Promise<boolean> {
    return this.#actions.runUndoable('announcement', async () => {
      const body = { text, url, ...this.#actions.picture() };
      const { id } = await this.#api.request<{ id: string }>(`${this.#path}/announcements`, { method: 'POST', body });
      this.#actions.offer(t('announcement.done'), () => this.#delete(`/announcements/${id}${this.#actions.pictureQuery()}`));
    });
  }

  endAnnouncement(id: string): Promise<boolean> {
    return this.#actions.run('announcement', () => this.#delete(`/announcements/${id}${this.#actions.pictureQuery()}`));
  }

  // Questions

  question(id: string, verb: 'pick' | 'unpick' | 'dismiss' | 'reopen'): Promise<boolean> {
    return this.#actions.runUndoable(questionPlace(id), async () => {
      await this.#ask(id, verb, verb === 'pick' ? this.#actions.picture() : {});
      const line = { pick: 'question.picked', unpick: 'question.unpicked', dismiss: 'question.dismissed', reopen: null }[verb];
      const words = { pick: t('questions.picked'), unpick: t('questions.unpicked'), dismiss: t('questions.dismissed'), reopen: t('questions.reopened') }[verb];
      if (line) this.offerUndo(words, line, id);
      else this.#actions.say(words);
    });
  }

  /** Removes the question for ever; there is no undo. */
  removeQuestion(id: string, why: string): Promise<boolean> {
    return this.#actions.run(questionPlace(id), async () => {
      await this.#ask(id, `remove?reason=${why}`);
      this.#actions.say(t('questions.removed'));
    });
  }

  /** Says that an answer is being written; false when somebody else is at it. */
  startAnswering(id: string): Promise<boolean> {
    this.#keptMs.set(questionPlace(id), Date.now());
    return this.#actions.run(questionPlace(id), () => this.#ask(id, 'answering'));
  }

  stopAnswering(id: string): Promise<boolean> {
    return this.#actions.run(questionPlace(id), () => this.#ask(id, 'answering', { on: false }));
  }

  /** While somebody types: keeps the mark, or the lock, from ending. */
  keep(what: 'question' | 'review', id: string): void {
    const place = what === 'question' ? questionPlace(id) : reviewPlace(id);
    if (Date.now() - (this.#keptMs.get(place) ?? 0) < KEEP_MS) return;
    this.#keptMs.set(place, Date.now());
    // It has a place of its own, so that an action that is sent meanwhile does not find this one busy.
    void this.#actions.runInBackground('keep', () => (what === 'question' ? this.#ask(id, 'answering') : this.#post(`/review/${id}/take`)));
  }

  async #ask(id: string, verb: string, body: unknown = {}): Promise<void> {
    await this.#post(`/questions/${id}/${verb}`, body);
    this.refresh('questions');
  }

  /** Answers the question on air, at the picture that is seen now; the question will lead there. */
  answerOnAir(id: string): Promise<boolean> {
    return this.#actions.runUndoable(questionPlace(id), async () => {
      await this.#ask(id, 'answer', { how: 'on_air', ...this.#actions.picture() });
      this.offerUndo(t('questions.answered'), 'question.answered', id);
    });
  }

  answerInWriting(id: string, text: string, isPrivate: boolean): Promise<boolean> {
    return this.#actions.run(questionPlace(id), async () => {
      await this.#ask(id, 'answer', { how: isPrivate ? 'private' : 'public', text });
      this.#actions.say(isPrivate ? t('questions.answeredPrivately') : t('questions.answeredPublicly'));
    });
  }

  merge(id: string, into: string): Promise<boolean> {
    return this.#actions.runUndoable(questionPlace(id), async () => {
      await this.#ask(id, 'merge', { into });
      this.offerUndo(t('questions.merged'), 'question.merged', id);
    });
  }

  // Polls

  /** `opens`: and open it at once, until somebody closes it. When that is refused the poll stays prepared. */
  async savePoll(draft: PollDraft, id: string | null, opens = false): Promise<boolean> {
    let saved = id;
    const isSaved = await this.#actions.run(POLL_FORM, async () => {
      const method = id === null ? 'POST' : 'PATCH';
      const poll = await this.#api.request<StaffPoll>(`${this.#path}/polls${id === null ? '' : `/${id}`}`, { method, body: draft });
      saved = poll.poll_id;
      this.refresh('polls');
      if (!opens) this.#actions.say(t('polls.saved'));
    });
    if (isSaved && opens && saved !== null) await this.openPollNow(saved, null);
    return isSaved;
  }

  /** One that closes another can't be taken back: that one has told its result. */
  openPollNow(id: string, seconds: number | null): Promise<boolean> {
    const closes = this.openPoll !== undefined;
    return this.#actions.runUndoable(pollPlace(id), async () => {
      await this.#post(`/polls/${id}/open`, { seconds, ...this.#actions.picture() });
      this.refresh('polls');
      if (closes) this.#actions.say(t('polls.opened'));
      else this.offerUndo(t('polls.opened'), 'poll.opened', id);
    });
  }

  poll(id: string, verb: 'close' | 'withdraw'): Promise<boolean> {
    return this.#actions.run(pollPlace(id), async () => {
      await this.#post(`/polls/${id}/${verb}`, verb === 'close' ? this.#actions.picture() : {});
      this.refresh('polls');
      this.#actions.say(verb === 'close' ? t('polls.closed') : t('polls.withdrawn'));
    });
  }

  deletePoll(id: string): Promise<boolean> {
    return this.#actions.run(pollPlace(id), async () => {
      await this.#delete(`/polls/${id}`);
      this.refresh('polls');
    });
  }

  resultsHref(id: string): string {
    return `${this.#api.base}${this.#path}/polls/${id}/results.csv`;
  }

  questionsHref(): string {
    return `${this.#api.base}${this.#path}/questions.csv`;
  }

  // The review queue

  review(id: string, verb: 'take' | 'release'): Promise<boolean> {
    return this.#actions.run(reviewPlace(id), async () => {
      await this.#post(`/review/${id}/${verb}`);
      this.refresh('review');
    });
  }

  decide(id: string, decision: 'approve' | 'decline', note = '', reason = 'rules'): Promise<boolean> {
    return this.#actions.run(reviewPlace(id), async () => {
      await this.#post(`/review/${id}/decide`, { decision, note, reason });
      this.refresh('review');
      this.#actions.say(decision === 'approve' ? t('review.approved') : t('review.declined'));
    });
  }

  // People

  measure(kind: Measure, { messageId, viewerId, name }: PersonRef, minutes: number | null, reason: string): Promise<boolean> {
    return this.#actions.runUndoable('measure', async () => {
      const whom = messageId === undefined ? { viewer_id: viewerId } : { message_id: messageId };
      const body = { ...whom, reason, ...(kind === 'warnings' ? {} : { minutes }) };
      await this.#post(`/${kind}`, body);
      const words = { warnings: 'measure.warned', 'time-outs': 'measure.timedOut', shadows: 'measure.shadowed' } as const;
      const line = { warnings: 'warning', 'time-outs': 'time_out', shadows: 'shadow' }[kind];
      this.offerUndo(t(words[kind], { name: name || t('chat.guest') }), line, viewerId);
    });
  }

  /** Ends what stands. */
  lift(one: Restriction): Promise<boolean> {
    return this.#actions.runUndoable(restrictionPlace(one.id), async () => {
      await this.#delete(`/${one.kind === 'ban' ? 'bans' : 'restrictions'}/${one.id}`);
      this.refresh('people');
      this.offerUndo(t('people.lifted', { name: one.name || t('chat.guest') }), `${one.kind}.lifted`, one.viewer_id);
    });
  }

  /** Recommends something to one person, who hears of it alone. */
  offer({ viewerId, name }: PersonRef, { productId, text }: RecommendationDraft): Promise<boolean> {
    return this.#actions.run('offer', async () => {
      await this.#post('/offers', { viewer_id: viewerId, product_id: productId, text });
      this.#actions.say(t('offer.done', { name: name || t('chat.guest') }));
    });
  }

  /** Name and words, everywhere at the brand, for ever. */
  erase({ viewerId }: Pick<PersonRef, 'viewerId'>): Promise<boolean> {
    return this.#actions.run('erase', async () => {
      const path = `/brands/${encodeURIComponent(this.#brand)}/people/${encodeURIComponent(viewerId)}`;
      const { messages, questions, shows } = await this.#api.request<ErasedOut>(path, { method: 'DELETE' });
      for (const name of ['people', 'audit', 'questions', 'review'] as const) if (this.lists[name]) this.refresh(name);
      const what = [t('erase.messages', { count: messages }), t('erase.questions', { count: questions }), t('erase.shows', { count: shows })];
      this.#actions.say(t('erase.done', { what: what.join(', ') }));
    });
  }

  // The rules of the chat

  saveRules(rules: Omit<StaffRules, 'shield'>): Promise<boolean> {
    return this.#actions.run('rules', async () => {
      this.lists = { ...this.lists, rules: await this.#api.request(`${this.#path}/chat-rules`, { method: 'PUT', body: rules }) };
      this.#actions.say(t('rules.saved'));
    });
  }

  shield(on: boolean): Promise<boolean> {
    return this.#actions.runUndoable('shield', async () => {
      await this.#api.request(`${this.#path}/shield`, { method: 'PUT', body: { on } });
      this.refresh('rules');
      this.offerUndo(on ? t('shield.isOn') : t('shield.isOff'), on ? 'shield.on' : 'shield.off', '');
    });
  }

  // Word rules

  addWord(rule: Omit<WordRule, 'id'>): Promise<boolean> {
    return this.#actions.run('words', async () => {
      await this.#api.request(this.#words, { method: 'POST', body: rule });
      this.refresh('words');
      this.#actions.say(t('words.added', { pattern: rule.pattern }));
    });
  }

  wordsHref(): string {
    return `${this.#api.base}${this.#words}.csv`;
  }

  deleteWord(rule: WordRule): Promise<boolean> {
    return this.#actions.runUndoable('words', async () => {
      await this.#api.request(`${this.#words}/${rule.id}`, { method: 'DELETE' });
      this.refresh('words');
      this.offerUndo(t('words.deleted', { pattern: rule.pattern }), 'word.removed', rule.id);
    });
  }

  async testWords(text: string): Promise<WordTest | null> {
    let result: WordTest | null = null;
    await this.#actions.run('words:test', async () => {
      result = await this.#api.request<WordTest>(`${this.#words}/test`, { method: 'POST', body: { text } });
    });
    return result;
  }

  // The log

  undoAudited(id: string): Promise<boolean> {
    return this.#actions.run(`audit:${id}`, () => this.#undo(id));
  }

  /**
   * Offers to take back what was just done, by its line in the log: the server knows what has come of it since, and
   * takes back nothing else.
   */
  offerUndo(words: string, action: string, target: string): void {
    this.#offerUndo(words, (one) => one.action === action && one.target === target);
  }

  /** The same for the latest line of an action: nobody knows its target here. */
  offerLastUndo(words: string, action: string): void {
    this.#offerUndo(words, (one) => one.action === action);
  }

  #offerUndo(words: string, isMeant: (line: AuditLine) => boolean): void {
    this.#actions.offer(words, async () => {
      const lines = await this.#api.request<readonly AuditLine[]>(`${this.#path}/audit`);
      const line = lines.find((one) => one.is_mine && isMeant(one));
      // Somebody else did it first.
      if (!line) throw new ApiError({ status: 404, code: 'not-found', detail: t('undo.notYours') });
      await this.#undo(line.audit_id);
    });
  }

  async #undo(id: string): Promise<void> {
    await this.#post(`/audit/${id}/undo`);
    for (const name of ['audit', 'rules', 'questions', 'polls', 'words', 'people'] as const) if (this.lists[name]) this.refresh(name);
  }

  /** Fetches the lines before the oldest one that is here. */
  loadEarlierAudit(): Promise<boolean> {
    const lines = this.lists.audit ?? [];
    return this.#actions.run('audit:earlier', async () => {
      const before = encodeURIComponent(lines.at(-1)?.audit_id ?? '');
      const older = await this.#api.request<readonly AuditLine[]>(`${this.#path}/audit?before=${before}`);
      this.hasAllAudit = older.length < AUDIT_PAGE;
      this.lists = { ...this.lists, audit: [...lines, ...older] };
    });
  }
}

/** The place of the errors of a poll's form. */
export const POLL_FORM = 'poll:form';

export function questionPlace(id: string): string {
  return `question:${id}`;
}

export function pollPlace(id: string): string {
  return `poll:${id}`;
}

export function restrictionPlace(id: string): string {
  return `restriction:${id}`;
}

export function reviewPlace(id: string): string {
  return `review:${id}`;
}
