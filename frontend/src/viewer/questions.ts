/** `<sf-questions>`: the questions to the host, those with most votes first; asking, voting, and the answers. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { ApiError, newKey } from '../api/client.ts';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Question } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { closedLine } from './composer-templates.ts';
import { say } from './question-texts/index.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { errorLine, noticeLink } from './shared-templates.ts';
import { nameProblemText, problemText } from './problem-text.ts';
import type { OwnQuestion } from './talk/talk.ts';
import { isCountingDown } from './talk/writing.ts';
import './questions.css';

const TEXT_MAX = 280;
/** More than this nobody scrolls through. */
const SHOWN_MAX = 100;
const TICK_MS = 500;

export class SfQuestions extends AppElement {
  static override topics: readonly Topic[] = ['view', 'viewer', 'shop', 'talk'];
  static override properties = {
    draft: { state: true },
    error: { state: true },
    isBusy: { state: true },
    isNaming: { state: true },
    nameError: { state: true },
    about: { state: true },
  };
  declare draft: string;
  declare error: string;
  declare isBusy: boolean;
  declare isNaming: boolean;
  /** Why the name has to be another. */
  declare nameError: string;
  /** The product of the question; undefined for the one that is on screen when the question is sent. */
  declare about: string | null | undefined;
  #questionId: string | null = null;

  constructor() {
    super();
    new FocusKeeper(this, (lost) => this.querySelector<HTMLElement>(lost.closest('li') ? '.sf-questions' : '.sf-ask__text, .sf-composer__closed'));
    this.draft = '';
    new Redrawing(this, TICK_MS, () => isCountingDown(this.app.talk.writing));
    this.error = '';
    this.isBusy = false;
    this.isNaming = false;
    this.nameError = '';
    this.about = undefined;
  }

  override render() {
    return html`<div class="sf-sheet__body sf-questions" data-testid="questions" tabindex="0">${this.#lists()}</div>
      ${this.app.view.state === 'ended' ? nothing : html`<div class="sf-sheet__foot">${this.#foot()}</div>`}`;
  }

  // --- the list

  #lists() {
    const { talk, view } = this.app;
    const shown = view.questions.filter((one) => one.state !== 'removed' && (isOpenToAll(one) || talk.isMine(one)));
    const mine = shown.filter((one) => talk.isMine(one));
    const others = shown.filter((one) => !talk.isMine(one)).slice(0, SHOWN_MAX);
    const hidden = talk.hiddenQuestions(view.questions);
    if (mine.length + others.length + hidden.length === 0) {
      return html`<div class="sf-empty">
        ${icon('message-circle-question-mark')}
        <p>${say(view.state === 'ended' ? 'empty-replay' : 'empty')}</p>
      </div>`;
    }
    const isSplit = mine.length + hidden.length > 0 && others.length > 0;
    return html`
      ${mine.length + hidden.length > 0 ? html`<h3 class="sf-questions__title">${say('mine')}</h3>` : nothing}
      <ul class="sf-questions__list">
        ${hidden.map((one) => this.#hidden(one))} ${repeat(mine, (one) => one.id, (one) => this.#item(one))}
      </ul>
      ${isSplit ? html`<h3 class="sf-questions__title">${say('others')}</h3>` : nothing}
      <ul class="sf-questions__list">${repeat(others, (one) => one.id, (one) => this.#item(one))}</ul>
    `;
  }

  #hidden(question: OwnQuestion) {
    if (question.state === 'open') return this.#item(this.#ofOwn(question));
    return html`<li class="sf-question" data-testid="question" data-question-id=${question.id} data-state=${question.state}>
      <div class="sf-question__words">
        <p dir="auto">${question.text}</p>
        ${question.state === 'held' ? html`<p class="sf-question__state">${icon('hourglass')}${t('held.waiting')}</p>` : nothing}
        ${question.state === 'dismissed' ? html`<p class="sf-question__state">${say('dismissed')}</p>` : nothing}
      </div>
    </li>`;
  }

  /** The viewer's own question looks the same before the public list has it. */
  #ofOwn({ id, text, productId, votes }: OwnQuestion): Question {
    const { id: viewerId = '', name, role = '' } = this.app.viewer ?? {};
    const author = { id: viewerId, name: name ?? '', role };
    const facts = { mergedInto: null, answering: null, answeredMs: null, answer: null };
    return { id, seq: 0, author, text, productId, clientId: null, atMs: 0, shownFromMs: 0, state: 'open', votes, ...facts };
  }

  #item(question: Question) {
    const product = question.productId ? this.app.shop.product(question.productId) : null;
    return html`<li
      class="sf-question ${question.state === 'picked' || question.answering ? 'sf-question--now' : ''}"
      data-testid="question"
      data-question-id=${question.id}
      data-state=${question.state}
    >
      ${this.#voteButton(question)}
      <div class="sf-question__words">
        <p class="sf-question__text" dir="auto">${question.text}</p>
        <p class="sf-question__by">
          <span class="sf-clip">${this.app.talk.isMine(question) ? t('chat.you') : question.author.name}</span>
          ${product
            ? html`<button class="sf-chip" @click=${() => this.app.openPanel({ kind: 'product', productId: product.id })}>
                ${icon('tag')}<span class="sf-clip">${product.name}</span>
              </button>`
            : nothing}
        </p>
        ${this.#state(question)} ${this.app.talk.isMine(question) ? nothing : noticeLink(this.app, `question-${question.id}`)}
      </div>
    </li>`;
  }

  /** Never ahead of the server: pressed when it says so. */
  #voteButton(question: Question) {
    const { talk, view } = this.app;
    const isVoted = talk.hasVotedFor(question.id);
    const isOver = question.state !== 'open' && question.state !== 'picked';
    const isBusy = talk.isBusy(`question-${question.id}`);
    return html`<button
      class="sf-want"
      data-testid="question-vote"
      data-votes=${question.votes}
      aria-pressed=${isVoted}
      aria-busy=${isBusy}
      aria-label=${say('want')}
      aria-describedby=${this.app.id(`wanted-${question.id}`)}
      ?disabled=${isOver || view.state === 'ended' || talk.isMine(question)}
      @click=${() => this.#voteFor(question, !isVoted)}
    >
      ${icon('chevron-up')}<span class="sf-figures sf-drawn" data-drawn=${question.votes}></span>
    </button>
    <span class="sf-visually-hidden" id=${this.app.id(`wanted-${question.id}`)}>${say('wanted', { count: question.votes })}</span>`;
  }

  #state(question: Question) {
    const { state, answering, answeredMs, answer, mergedInto } = question;
    if (state === 'answered') {
      return html`${answer
          ? html`<p class="sf-question__answer" data-testid="question-answer" dir="auto"><b>${answer.name}</b> ${answer.text}</p>`
          : nothing}
        ${answeredMs === null ? nothing : this.#watch(answeredMs)}`;
    }
    if (answering) return html`<p class="sf-question__state">${icon('pencil')}${say('answering', { name: answering })}</p>`;
    if (state === 'picked') return html`<p class="sf-question__state" data-testid="question-picked">${icon('radio')}${say('picked')}</p>`;
    if (state === 'merged' && mergedInto) return html`<p class="sf-question__state">${say('merged')}</p>`;
    if (state === 'dismissed') return html`<p class="sf-question__state">${say('dismissed')}</p>`;
    return nothing;
  }

  #watch(answeredMs: number) {
    const place = this.app.clock.placeOf(answeredMs);
    if (!place) return nothing; // the encoder was gone, and did not come back
    return html`<button class="sf-button sf-button--small" data-testid="question-watch" data-picture-ms=${answeredMs} @click=${() => this.app.watchFrom(answeredMs)}>
      ${icon('play')}${t('questions.watch')}<span class="sf-figures sf-soft">${formatClock(place.clockS)}</span>
    </button>`;
  }

  async #voteFor(question: Question, isVoted: boolean): Promise<void> {
    try {
      await this.app.talk.voteForQuestion(question.id, isVoted);
    } catch (error) {
      this.app.tellProblem(error);
    }
  }

  // --- asking

  #foot() {
    const { writing } = this.app.talk;
    if (writing.may === 'not') return closedLine(this.app, writing);
    if (this.isNaming) {
      return html`<sf-name-form .error=${this.nameError} @named=${() => this.#named()} @left=${() => (this.isNaming = false)}></sf-name-form>`;
    }
    const waitS = Math.ceil(writing.waitMs / 1000);
    return html`<form class="sf-ask" @submit=${(event: Event) => this.#submit(event)} novalidate>
      ${this.#aboutChip()}
      <div class="sf-composer__line">
        <label class="sf-visually-hidden" for=${this.app.id('question')}>${say('your')}</label>
        <textarea
          id=${this.app.id('question')}
          class="sf-textarea sf-ask__text"
          rows="2"
          maxlength=${TEXT_MAX}
          data-testid="question-input"
          placeholder=${say('placeholder')}
          aria-describedby=${this.app.id('question-error')}
          .value=${this.draft}
          @input=${(event: Event) => this.#written((event.target as HTMLTextAreaElement).value)}
        ></textarea>
        <button
          class="sf-button sf-button--primary sf-button--icon"
          data-testid="question-send"
          aria-label=${waitS > 0 ? t('chat.wait', { seconds: waitS }) : say('ask')}
          ?disabled=${this.isBusy || waitS > 0 || !this.draft.trim()}
          @mousedown=${(event: Event) => event.preventDefault()}
        >
          ${waitS > 0 ? html`<span class="sf-figures">${waitS < 60 ? waitS : formatClock(waitS)}</span>` : icon('send')}
        </button>
      </div>
      ${errorLine(this.app, 'question-error', this.error)}
    </form>`;
  }

  /** The product on screen at this picture, unless another or none was chosen. */
  get #product() {
    const id = this.about === undefined ? this.app.view.highlights.at(-1)?.productIds[0] : this.about;
    return id ? this.app.shop.product(id) : null;
  }

  #aboutChip() {
    const product = this.#product;
    if (!product) return nothing;
    return html`<p class="sf-ask__about">
      <span class="sf-chip" data-testid="question-about">${icon('tag')}<span class="sf-clip">${say('about', { name: product.name })}</span></span>
      <button
        type="button"
        class="sf-button sf-button--quiet sf-button--icon sf-button--small"
        aria-label=${say('about-none')}
        data-testid="question-about-none"
        @click=${() => (this.about = null)}
      >
        ${icon('x')}
      </button>
    </p>`;
  }

  #written(text: string): void {
    if (text !== this.draft) this.#questionId = null; // another text is another question
    this.draft = text;
    this.error = '';
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (!this.draft.trim() || this.isBusy) return;
    if (this.app.viewer?.name) void this.#ask();
    else this.#askName();
  }

  #askName(why = ''): void {
    this.error = '';
    this.nameError = why;
    this.isNaming = true;
  }

  #named(): void {
    this.isNaming = false;
    if (this.draft.trim()) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.isBusy = true;
    this.error = '';
    this.#questionId ??= newKey();
    try {
      const state = await this.app.talk.ask(this.draft.trim(), this.#product?.id ?? null, this.#questionId);
      if (state === 'held') this.app.signals.announce.send(t('held.waiting'));
      this.#questionId = null;
      this.draft = '';
      this.about = undefined;
    } catch (error) {
      this.#explain(error);
    } finally {
      this.isBusy = false;
    }
  }

  #explain(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.field === 'name') this.#askName(nameProblemText(error));
    else if (error.status === 429) this.app.signals.announce.send(problemText(error)); // others see the countdown
    else this.error = problemText(error, 'questions.failed');
    if (!error.isUncertain && error.status !== 429) this.#questionId = null;
  }
}

function isOpenToAll({ state }: Question): boolean {
  return state === 'open' || state === 'picked' || state === 'answered';
}

export const elements = { 'sf-questions': SfQuestions };
