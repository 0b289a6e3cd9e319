import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatClock } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { onAir, showTimeS } from './model.ts';
import { RowFocus, onRowKey } from './row-keys.ts';
import type { Session } from './session.ts';
import { questionPlace, type StaffQuestion, type PersonRef } from './talk.ts';
import { roleWords, t } from './texts.ts';
import { requestDialog } from './dialog-requests.ts';
import { errorLine, waitingLines } from './shared-templates.ts';

/** A question that only its author sees asks for no action. */
const RANK = { picked: 0, open: 1, held: 2, answered: 3, dismissed: 4, merged: 5, shadowed: 6 } as const;

/** The questions as a queue: what is being answered, then what most want to know, what is on screen before the rest. */
export class SfConsoleQuestions extends PageElement {
  static override properties = {
    session: { attribute: false },
    version: { attribute: false },
    onlyOnScreen: { state: true },
    showsSettled: { state: true },
  };
  declare session: Session;
  declare version: number;
  declare onlyOnScreen: boolean;
  declare showsSettled: boolean;
  readonly #focus = new RowFocus(this);

  constructor() {
    super();
    this.onlyOnScreen = false;
    this.showsSettled = false;
  }

  protected override willUpdate(): void {
    this.#focus.note();
  }

  protected override updated(): void {
    this.#focus.keep();
  }

  get #onScreen(): ReadonlySet<string> {
    return new Set(onAir(this.session.state).flatMap((one) => one.productIds));
  }

  get #shown(): readonly StaffQuestion[] {
    const onScreen = this.#onScreen;
    const isOn = (one: StaffQuestion): boolean => one.product_id !== null && onScreen.has(one.product_id);
    return (this.session.talk.lists.questions ?? [])
      .filter((one) => this.showsSettled || RANK[one.state] < RANK.answered)
      .filter((one) => !this.onlyOnScreen || isOn(one))
      .toSorted((a, b) => RANK[a.state] - RANK[b.state] || Number(isOn(b)) - Number(isOn(a)) || wantedMore(a, b));
  }

  override render() {
    const { talk } = this.session;
    const all = talk.lists.questions;
    const shown = this.#shown;
    return html`
      <div class="sf-talk__head">
        <label class="sf-check"><input type="checkbox" data-testid="questions-on-screen" .checked=${this.onlyOnScreen}
          @change=${(event: Event) => (this.onlyOnScreen = (event.target as HTMLInputElement).checked)} /><span>${t('questions.onlyOnScreen')}</span></label>
        <label class="sf-check"><input type="checkbox" data-testid="questions-settled" .checked=${this.showsSettled}
          @change=${(event: Event) => this.#showSettled((event.target as HTMLInputElement).checked)} /><span>${t('questions.settled')}</span></label>
      </div>
      ${all === null ? this.#renderWaiting() : shown.length === 0 ? this.#renderEmpty() : this.#renderList(shown)}
      ${this.session.mayModerate && all?.length
        ? html`<p class="sf-talk__foot"><a class="sf-button sf-button--quiet sf-button--small" href=${talk.questionsHref()} download>${t('export.csv')}</a></p>`
        : nothing}
    `;
  }

  /** The timelines do not tell of questions that only their authors see: the list is fetched when it is opened. */
  #showSettled(isWanted: boolean): void {
    this.showsSettled = isWanted;
    if (isWanted) this.session.talk.refresh('questions');
  }

  #renderWaiting() {
    const error = this.session.errorAt('list:questions');
    if (error) return errorLine(error);
    return waitingLines();
  }

  #renderEmpty() {
    return html`<div class="sf-empty">${icon('message-circle-question-mark')}<p>${t('questions.empty')}</p></div>`;
  }

  #renderList(questions: readonly StaffQuestion[]) {
    return html`<ol class="sf-talk__list" aria-label=${t('questions.listLabel')} @keydown=${(event: KeyboardEvent) => onRowKey(event, (key, row) => this.#act(key, row.dataset['row'] ?? ''))}>
      ${repeat(questions, (one) => one.question_id, (one, index) => this.#renderQuestion(one, index === 0))}
    </ol>`;
  }

  #act(key: string, id: string): boolean {
    const question = this.session.talk.lists.questions?.find((one) => one.question_id === id);
    if (!question) return false;
    const acts: Readonly<Record<string, () => void>> = {
      p: () => void this.session.talk.question(id, question.state === 'picked' ? 'unpick' : 'pick'),
      a: () => void this.session.talk.answerOnAir(id),
      w: () => void this.#write(question),
      d: () => void this.session.talk.question(id, 'dismiss'),
      ...(roleWords(question.author.role) ? {} : { o: () => requestDialog(this, { name: 'offer', whom: whomOf(question) }) }),
    };
    const act = acts[key];
    if (!act || RANK[question.state] > RANK.open) return false;
    act();
    return true;
  }

  /** One person writes at a time: the second one is told so, at the question. */
  async #write(question: StaffQuestion): Promise<void> {
    if (await this.session.talk.startAnswering(question.question_id)) requestDialog(this, { name: 'answer', question });
  }

  #renderQuestion(one: StaffQuestion, isFirst: boolean) {
    const id = one.question_id;
    const error = this.session.errorAt(questionPlace(id));
    const product = this.session.state.rundown.find((item) => item.product_id === one.product_id);
    return html`<li class="sf-card-row ${one.state === 'picked' ? 'sf-card-row--on' : ''}" data-row=${id} data-testid=${`question-${id}`} data-state=${one.state} tabindex=${isFirst ? 0 : -1}>
      <p class="sf-card-row__who">
        <span class="sf-badge" title=${t('questions.votes')}>${icon('chevron-up')}<span data-testid="votes">${one.votes}</span></span>
        <span class="sf-clip">${one.author.name || t('chat.guest')}</span>
        ${this.#renderState(one)} ${this.session.mayModerate && one.state !== 'held' ? this.#renderMore(one) : nothing}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.text}</p>
      ${product ? html`<p class="sf-card-row__note sf-clip">${icon('tag')} ${product.name}</p>` : nothing}
      ${one.answering ? html`<p class="sf-card-row__note" data-testid="answering">${icon('pencil')} ${t('questions.answering', { name: one.answering })}</p>` : nothing}
      ${one.answer ? html`<p class="sf-card-row__note" dir="auto">${icon('reply')} ${one.answer.text}${one.is_answer_private ? ` (${t('questions.private')})` : ''}</p>` : nothing}
      ${this.#renderSimilar(one)} ${this.session.mayModerate ? this.#renderActs(one) : nothing}
      ${errorLine(error)}
    </li>`;
  }

  #renderState(one: StaffQuestion) {
    const at = one.answered_at && one.answer === null ? formatClock(showTimeS(this.session.state, Date.parse(one.answered_at)) ?? 0) : '';
    const words = {
      held: t('questions.state.held'),
      open: '',
      picked: t('questions.state.picked'),
      answered: at ? t('questions.state.answeredAt', { time: at }) : t('questions.state.answered'),
      dismissed: t('questions.state.dismissed'),
      merged: t('questions.state.merged'),
      shadowed: t('questions.state.shadowed'),
    }[one.state];
    return words ? html`<span class="sf-badge ${one.state === 'picked' ? 'sf-badge--accent' : ''}">${words}</span>` : nothing;
  }

  /** Similar questions: those with fewer votes are merged into the one with most, which names them. */
  #renderSimilar(one: StaffQuestion) {
    if (RANK[one.state] > RANK.open) return nothing;
    const all = this.session.talk.lists.questions ?? [];
    const others = all.filter((other) => one.similar.includes(other.question_id) && RANK[other.state] <= RANK.open && (RANK[one.state] - RANK[other.state] || wantedMore(one, other)) < 0);
    return others.slice(0, 2).map(
      (other) => html`<p class="sf-card-row__note">
        <span class="sf-card-row__similar" dir="auto">${t('questions.similar', { text: other.text })}</span>
        <button class="sf-button sf-button--small" data-testid=${`merge-${other.question_id}`} @click=${() => void this.session.talk.merge(other.question_id, one.question_id)}>${t('questions.merge')}</button>
      </p>`,
    );
  }

  #renderActs(one: StaffQuestion) {
    const { talk } = this.session;
    const id = one.question_id;
    const button = (verb: string, words: string, onClick: () => void, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`${verb}-${id}`}
      aria-busy=${this.session.isBusy(questionPlace(id))}
      @click=${onClick}
    >
      ${words}
    </button>`;
    if (one.state === 'held') return nothing;
    if (RANK[one.state] >= RANK.answered) {
      return html`<div class="sf-card-row__acts">${button('reopen', one.state === 'shadowed' ? t('questions.showAll') : t('questions.reopen'), () => void talk.question(id, 'reopen'))}</div>`;
    }
    return html`<div class="sf-card-row__acts">
      ${one.state === 'picked'
        ? button('answer', t('questions.answerOnAir'), () => void talk.answerOnAir(id), true)
        : button('pick', t('questions.pick'), () => void talk.question(id, 'pick'), true)}
      ${one.state === 'picked' ? button('unpick', t('questions.unpick'), () => void talk.question(id, 'unpick')) : nothing}
      ${button('write', t('questions.writing'), () => void this.#write(one))} ${button('dismiss', t('questions.dismiss'), () => void talk.question(id, 'dismiss'))}
    </div>`;
  }

  /** The actions of the rare case, as icons beside the words. */
  #renderMore(one: StaffQuestion) {
    const { author, question_id: id } = one;
    const sign = (verb: string, name: string, words: string, onClick: () => void) => html`<button
      class="sf-button sf-button--quiet sf-button--small sf-button--icon"
      data-testid=${`${verb}-${id}`}
      aria-label=${words}
      title=${words}
      @click=${onClick}
    >
      ${icon(name)}
    </button>`;
    const name = author.name || t('chat.guest');
    return html`<span class="sf-card-row__more">
      ${roleWords(author.role)
        ? nothing
        : html`${sign('offer', 'shopping-bag', t('offer.of', { name }), () => requestDialog(this, { name: 'offer', whom: whomOf(one) }))}
          ${sign('measure', 'hourglass', t('measure.of', { name }), () => requestDialog(this, { name: 'measure', whom: whomOf(one) }))}`}
      ${sign('remove', 'trash-2', t('questions.removeOf', { name }), () => requestDialog(this, { name: 'remove', question: one }))}
    </span>`;
  }
}

function whomOf({ author, text, product_id: productId }: StaffQuestion): PersonRef {
  return { viewerId: author.id, name: author.name, text, productId };
}

/** The order of questions that stand alike: by votes, then by age. */
function wantedMore(a: StaffQuestion, b: StaffQuestion): number {
  return b.votes - a.votes || a.at.localeCompare(b.at);
}

define('sf-console-questions', SfConsoleQuestions);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-questions': SfConsoleQuestions;
  }
}
