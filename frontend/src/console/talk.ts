/**
 * What a moderator knows and does beside the chat's messages: questions, polls, the review queue, who may write, word
 * rules and the log. No DOM. The lists are the server's; a change on a timeline says which of them to fetch anew, so
 * that two moderators see the same and nothing here is optimistic.
 */
import type { Api } from '../api/client.ts';
import type { Author, ChatRules } from '../api/types.ts';
import type { BackstageDoc, ViewState } from '../timeline-client/index.ts';
import type { Desk } from './desk.ts';
import { t } from './texts.ts';

/** A vote each tick must not become a request each tick. */
const REFRESH_MS = 1000;

export interface StaffQuestion {
  readonly question_id: string;
  readonly seq: number | null;
  readonly at: string;
  readonly author: Author;
  readonly text: string;
  readonly product_id: string | null;
  readonly state: 'held' | 'open' | 'picked' | 'answered' | 'dismissed' | 'merged';
  readonly votes: number;
  readonly merged_into: string | null;
  /** The name of who is writing an answer. */
  readonly answering: string | null;
  readonly answered_at: string | null;
  readonly answer: { readonly text: string; readonly name: string } | null;
  readonly is_answer_private: boolean;
  /** Questions that ask the same, by their words. */
  readonly similar: readonly string[];
}

export interface StaffPoll {
  readonly poll_id: string;
  readonly question: string;
  readonly options: readonly { readonly position: number; readonly text: string }[];
  readonly choices_max: number;
  readonly is_quiz: boolean;
  readonly hides_tally: boolean;
  readonly state: 'draft' | 'open' | 'closed' | 'withdrawn';
  readonly opened_at: string | null;
  readonly closed_at: string | null;
  readonly closes_at: string | null;
  readonly votes: readonly number[];
  readonly voters: number;
  readonly right: readonly number[];
}

export interface PollDraft {
  readonly question: string;
  readonly options: readonly { readonly text: string; readonly is_right: boolean }[];
  readonly choices_max: number;
  readonly is_quiz: boolean;
  readonly hides_tally: boolean;
}

export interface ReviewItem {
  readonly item_id: string;
  readonly of: 'message' | 'question';
  readonly target_id: string;
  readonly author: Author;
  readonly text: string;
  readonly reason: string;
  readonly detail: string;
  readonly reports: number;
  readonly at: string;
  /** Who has it open, and whether that is the one who asks. */
  readonly taken_by: string | null;
  readonly is_mine: boolean;
}

export interface StaffRules extends ChatRules {
  readonly holds_links: boolean;
  readonly holds_first: boolean;
}

export type WordAction = 'block' | 'hold' | 'replace' | 'flag';

export interface WordRule {
  readonly id: string;
  readonly pattern: string;
  readonly language: string;
  readonly action: WordAction;
  readonly replacement: string;
  readonly catches_variants: boolean;
}

export interface WordTest {
  readonly action: WordAction | 'show';
  readonly text: string;
  readonly matches: readonly string[];
}

export interface AuditLine {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target_name: string;
  readonly reason: string;
  readonly can_undo: boolean;
  readonly undone: boolean;
}

export type Measure = 'warnings' | 'time-outs' | 'shadows';

export interface Lists {
  readonly questions: readonly StaffQuestion[] | null;
  readonly polls: readonly StaffPoll[] | null;
  readonly review: readonly ReviewItem[] | null;
  readonly rules: StaffRules | null;
  readonly words: readonly WordRule[] | null;
  readonly audit: readonly AuditLine[] | null;
}

export type ListName = keyof Lists;

const NOTHING: Lists = { questions: null, polls: null, review: null, rules: null, words: null, audit: null };

export class Talk {
  lists: Lists = NOTHING;
  readonly #path: string;
  readonly #api: Api;
  readonly #desk: Desk;
  readonly #changed: () => void;
  readonly #timers = new Map<ListName, ReturnType<typeof setTimeout>>();
  readonly #fetchedMs = new Map<ListName, number>();
  /** How each list stood when it was last looked at. */
  readonly #noted = new Map<string, string>();
  #brand = '';
  #stopped = false;

  constructor(path: string, api: Api, desk: Desk, changed: () => void) {
    this.#path = path;
    this.#api = api;
    this.#desk = desk;
    this.#changed = changed;
  }

  /** The brand's address: word rules are the brand's, not the show's. */
  start(brand: string): void {
    this.#brand = brand;
    for (const name of ['questions', 'polls', 'review', 'rules'] as const) this.refresh(name);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** The show's timeline has changed: which lists are old now? */
  watch({ questions, polls, rules }: ViewState): void {
    this.#note('questions', questions.map((one) => `${one.id} ${one.state} ${String(one.votes)} ${one.answering ?? ''}`).join());
    this.#note('polls', polls.map((one) => `${one.id} ${String(one.isOpen)} ${String(one.voters)} ${String(one.votes)}`).join());
    this.#note('rules', JSON.stringify(rules));
  }

  /** The same for the backstage. */
  watchBackstage({ review, audit, tallies }: BackstageDoc): void {
    this.#note('review', [...review.values()].map((one) => `${one.id} ${one.takenBy ?? ''}`).join());
    if (this.lists.audit) this.#note('audit', String(audit[0]?.seq));
    this.#note('hidden', [...tallies.values()].map((one) => String(one.votes)).join(), 'polls');
  }

  #note(what: string, now: string, list = what as ListName): void {
    const before = this.#noted.get(what);
    this.#noted.set(what, now);
    if (before !== undefined && before !== now) this.refresh(list);
  }

  /** Questions nobody has answered, the ones wanted most first. */
  get waiting(): readonly StaffQuestion[] {
    return (this.lists.questions ?? []).filter((one) => one.state === 'open' || one.state === 'picked');
  }

  get openPoll(): StaffPoll | undefined {
    return this.lists.polls?.find((one) => one.state === 'open');
  }

  /** Fetches a list soon, at most once a second however often it changes. */
  refresh(name: ListName): void {
    if (this.#stopped || this.#timers.has(name)) return;
    const waitMs = Math.max(0, REFRESH_MS - (Date.now() - (this.#fetchedMs.get(name) ?? 0)));
    this.#timers.set(
      name,
      setTimeout(() => void this.#fetch(name), waitMs),
    );
  }

  async #fetch(name: ListName): Promise<void> {
    this.#timers.delete(name);
    this.#fetchedMs.set(name, Date.now());
    await this.#desk.run(`list:${name}`, async () => {
      const list = await this.#api.request<unknown>(this.#address(name));
      this.lists = { ...this.lists, [name]: list };
    });
    this.#changed();
  }

  #address(name: ListName): string {
    if (name === 'words') return this.#words;
    return `${this.#path}/${name === 'rules' ? 'chat-rules' : name}`;
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
    return this.#desk.runUndoable('pin', async () => {
      await this.#post('/pin', { message_id: messageId, ...this.#desk.picture() });
      this.#desk.offer(t('pin.done'), () => this.#delete(`/pin${this.#desk.pictureQuery()}`));
    });
  }

  unpin(messageId: string): Promise<boolean> {
    return this.#desk.runUndoable('pin', async () => {
      await this.#delete(`/pin${this.#desk.pictureQuery()}`);
      this.#desk.offer(t('pin.undone'), () => this.#post('/pin', { message_id: messageId, ...this.#desk.picture() }));
    });
  }

  announce(text: string, url: string): Promise<boolean> {
    return this.#desk.runUndoable('announcement', async () => {
      const body = { text, url, ...this.#desk.picture() };
      const { id } = await this.#api.request<{ id: string }>(`${this.#path}/announcements`, { method: 'POST', body });
      this.#desk.offer(t('announcement.done'), () => this.#delete(`/announcements/${id}${this.#desk.pictureQuery()}`));
    });
  }

  endAnnouncement(id: string): Promise<boolean> {
    return this.#desk.run('announcement', () => this.#delete(`/announcements/${id}${this.#desk.pictureQuery()}`));
  }

  // Questions

  /** `pick`, `unpick`, `dismiss`, `reopen`, `remove`, `answering`. */
  question(id: string, verb: 'pick' | 'unpick' | 'dismiss' | 'reopen' | 'remove' | 'answering'): Promise<boolean> {
    return this.#desk.runUndoable(questionPlace(id), async () => {
      await this.#post(`/questions/${id}/${verb}`);
      this.refresh('questions');
      const back = { pick: 'unpick', unpick: 'pick', dismiss: 'reopen' } as const;
      if (verb in back) {
        const words = { pick: t('questions.picked'), unpick: t('questions.unpicked'), dismiss: t('questions.dismissed') };
        this.#desk.offer(words[verb as keyof typeof back], async () => {
          await this.#post(`/questions/${id}/${back[verb as keyof typeof back]}`);
          this.refresh('questions');
        });
      }
    });
  }

  /** On air: from the picture that is seen now, to which the question will lead. */
  answerOnAir(id: string): Promise<boolean> {
    return this.#desk.runUndoable(questionPlace(id), async () => {
      await this.#post(`/questions/${id}/answer`, { how: 'on_air', ...this.#desk.picture() });
      this.refresh('questions');
      this.#desk.offer(t('questions.answered'), async () => {
        await this.#post(`/questions/${id}/reopen`);
        this.refresh('questions');
      });
    });
  }

  answerInWriting(id: string, text: string, isPrivate: boolean): Promise<boolean> {
    return this.#desk.run(questionPlace(id), async () => {
      await this.#post(`/questions/${id}/answer`, { how: isPrivate ? 'private' : 'public', text });
      this.refresh('questions');
      this.#desk.say(isPrivate ? t('questions.answeredPrivately') : t('questions.answeredPublicly'));
    });
  }

  merge(id: string, into: string): Promise<boolean> {
    return this.#desk.run(questionPlace(id), async () => {
      await this.#post(`/questions/${id}/merge`, { into });
      this.refresh('questions');
      this.#desk.say(t('questions.merged'));
    });
  }

  // Polls

  savePoll(draft: PollDraft, id: string | null): Promise<boolean> {
    return this.#desk.run('poll:new', async () => {
      const method = id === null ? 'POST' : 'PATCH';
      await this.#api.request(`${this.#path}/polls${id === null ? '' : `/${id}`}`, { method, body: draft });
      this.refresh('polls');
    });
  }

  openPollNow(id: string, seconds: number | null): Promise<boolean> {
    return this.#desk.runUndoable(pollPlace(id), async () => {
      await this.#post(`/polls/${id}/open`, { seconds, ...this.#desk.picture() });
      this.refresh('polls');
      this.#desk.offer(t('polls.opened'), async () => {
        await this.#post(`/polls/${id}/withdraw`);
        this.refresh('polls');
      });
    });
  }

  poll(id: string, verb: 'close' | 'withdraw'): Promise<boolean> {
    return this.#desk.run(pollPlace(id), async () => {
      await this.#post(`/polls/${id}/${verb}`, verb === 'close' ? this.#desk.picture() : {});
      this.refresh('polls');
      this.#desk.say(verb === 'close' ? t('polls.closed') : t('polls.withdrawn'));
    });
  }

  deletePoll(id: string): Promise<boolean> {
    return this.#desk.run(pollPlace(id), async () => {
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
    return this.#desk.run(reviewPlace(id), async () => {
      await this.#post(`/review/${id}/${verb}`);
      this.refresh('review');
    });
  }

  decide(id: string, decision: 'approve' | 'decline', note = ''): Promise<boolean> {
    return this.#desk.run(reviewPlace(id), async () => {
      await this.#post(`/review/${id}/decide`, { decision, note });
      this.refresh('review');
      this.#desk.say(decision === 'approve' ? t('review.approved') : t('review.declined'));
    });
  }

  // People

  measure(kind: Measure, whom: { messageId: string; name: string }, minutes: number | null, reason: string): Promise<boolean> {
    return this.#desk.runUndoable(`message:${whom.messageId}`, async () => {
      const body = { message_id: whom.messageId, reason, ...(kind === 'warnings' ? {} : { minutes }) };
      const { id } = await this.#api.request<{ id: string }>(`${this.#path}/${kind}`, { method: 'POST', body });
      const words = { warnings: 'measure.warned', 'time-outs': 'measure.timedOut', shadows: 'measure.shadowed' } as const;
      this.#desk.offer(t(words[kind], { name: whom.name }), () => this.#delete(`/restrictions/${id}`));
    });
  }

  // Who may write

  saveRules(rules: Omit<StaffRules, 'shield'>): Promise<boolean> {
    return this.#desk.run('rules', async () => {
      this.lists = { ...this.lists, rules: await this.#api.request(`${this.#path}/chat-rules`, { method: 'PUT', body: rules }) };
      this.#desk.say(t('rules.saved'));
    });
  }

  shield(on: boolean): Promise<boolean> {
    return this.#desk.runUndoable('shield', async () => {
      await this.#putShield(on);
      this.#desk.offer(on ? t('shield.isOn') : t('shield.isOff'), () => this.#putShield(!on));
    });
  }

  async #putShield(on: boolean): Promise<void> {
    await this.#api.request(`${this.#path}/shield`, { method: 'PUT', body: { on } });
    this.refresh('rules');
  }

  // Word rules

  addWord(rule: Omit<WordRule, 'id'>): Promise<boolean> {
    return this.#desk.run('words', async () => {
      await this.#api.request(this.#words, { method: 'POST', body: rule });
      this.refresh('words');
    });
  }

  deleteWord(rule: WordRule): Promise<boolean> {
    return this.#desk.runUndoable('words', async () => {
      await this.#api.request(`${this.#words}/${rule.id}`, { method: 'DELETE' });
      this.refresh('words');
      const again = { ...rule, id: undefined };
      this.#desk.offer(t('words.deleted', { pattern: rule.pattern }), async () => {
        await this.#api.request(this.#words, { method: 'POST', body: again });
        this.refresh('words');
      });
    });
  }

  async testWords(text: string, language: string): Promise<WordTest | null> {
    let result: WordTest | null = null;
    await this.#desk.run('words:test', async () => {
      result = await this.#api.request<WordTest>(`${this.#words}/test`, { method: 'POST', body: { text, language } });
    });
    return result;
  }

  // The log

  undoAudited(id: string): Promise<boolean> {
    return this.#desk.run(`audit:${id}`, async () => {
      await this.#post(`/audit/${id}/undo`);
      this.refresh('audit');
    });
  }
}

export function questionPlace(id: string): string {
  return `question:${id}`;
}

export function pollPlace(id: string): string {
  return `poll:${id}`;
}

export function reviewPlace(id: string): string {
  return `review:${id}`;
}
