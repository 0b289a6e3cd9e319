/** `<sf-poll>`: the poll or quiz of this picture: big targets, one's own vote, the bars, the right answer. */
import { html, nothing } from 'lit';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Poll } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { say } from './poll-texts/index.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { noticeLink } from './shared-templates.ts';
import { verdictOf } from './talk/verdict.ts';
import './poll.css';

const TICK_MS = 1_000;

export class SfPoll extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk'];
  static override properties = { chosen: { state: true }, fold: { attribute: false } };
  /** Ticked options that are not sent yet. */
  declare chosen: { pollId: string; options: readonly number[] } | null;
  /** On a phone the poll stands in a line that folds; elsewhere it is put aside. */
  declare fold: (() => void) | null;

  constructor() {
    super();
    new FocusKeeper(this, () => {
      const next = (selector: string) => this.querySelector<HTMLElement>(selector);
      return next('.sf-poll__aside, .sf-option:enabled') ?? next('.sf-poll__close') ?? this.app.focusChat();
    });
    new Redrawing(this, TICK_MS, () => this.app.talk.poll !== null); // its countdown, or the end of its result
    this.chosen = null;
    this.fold = null;
  }

  override render() {
    const { talk } = this.app;
    const { poll } = talk;
    if (!poll) return nothing;
    if (!this.fold && talk.isPollAside(poll.id)) {
      return html`<button class="sf-pill sf-poll__aside" data-testid="poll-put-back" @click=${() => talk.setPollAside(poll.id, false)}>
        ${icon('list-checks')}<span class="sf-clip">${poll.question}</span>
      </button>`;
    }
    return this.#card(poll);
  }

  protected override updated(): void {
    // The content security policy allows no style attributes.
    for (const bar of this.querySelectorAll<HTMLElement>('[data-share]')) bar.style.setProperty('--sf-share', `${bar.dataset['share'] ?? 0}%`);
  }

  #card(poll: Poll) {
    const { talk } = this.app;
    const mine = talk.choiceOf(poll.id);
    const votes = this.#mayVote(poll);
    const hasBars = poll.votes !== null && (mine.length > 0 || !votes);
    const ticked = this.chosen?.pollId === poll.id ? this.chosen.options : mine;
    return html`<section class="sf-poll" aria-labelledby=${this.app.id('poll-question')} data-testid="poll" data-poll-id=${poll.id}>
      <div class="sf-poll__head">
        <span class="sf-poll__kind">${icon(poll.isQuiz ? 'trophy' : 'list-checks')}${t(poll.isQuiz ? 'poll.quiz' : 'poll')}</span>
        ${this.#left(poll)}
        <button class="sf-poll__close" aria-label=${say('aside')} data-testid="poll-aside" @click=${() => (this.fold ? this.fold() : talk.setPollAside(poll.id, true))}>
          ${icon('x')}
        </button>
      </div>
      <h3 class="sf-poll__question" id=${this.app.id('poll-question')} dir="auto">${poll.question}</h3>
      ${poll.choicesMax > 1 && votes ? html`<p class="sf-small sf-soft">${say('several', { count: poll.choicesMax })}</p>` : nothing}
      <ul class="sf-poll__options">
        ${poll.options.map(({ position, text }) => this.#option(poll, position, text, { ticked, votes, hasBars }))}
      </ul>
      ${poll.choicesMax > 1 && votes ? this.#sendButton(poll, ticked, mine) : nothing}
      <p class="sf-poll__foot" data-testid="poll-foot">${this.#foot(poll, mine)}</p>
      <p class="sf-poll__foot">${noticeLink(this.app, `poll-${poll.id}`)}</p>
    </section>`;
  }

  #option(poll: Poll, position: number, text: string, { ticked, votes, hasBars }: { ticked: readonly number[]; votes: boolean; hasBars: boolean }) {
    const isTicked = ticked.includes(position);
    const isFull = poll.choicesMax > 1 && !isTicked && ticked.length >= poll.choicesMax;
    const { count, share } = resultOf(poll, position);
    return html`<li>
      <button
        class="sf-option ${isTicked ? 'sf-option--mine' : ''} ${poll.right.includes(position) ? 'sf-option--right' : ''}"
        data-testid="poll-option"
        data-position=${position}
        data-count=${hasBars ? count : nothing}
        data-share=${hasBars ? share : 0}
        aria-pressed=${isTicked}
        aria-busy=${this.app.talk.isBusy(`poll-${poll.id}`)}
        ?disabled=${!votes || isFull}
        @click=${() => this.#choose(poll, position, ticked)}
      >
        <span class="sf-option__text" dir="auto">${text}</span>
        ${this.#mark(poll, position, isTicked)}
        ${hasBars ? html`<span class="sf-option__share sf-figures">${say('share', { share })}</span>` : nothing}
      </button>
    </li>`;
  }

  #mark(poll: Poll, position: number, isTicked: boolean) {
    if (poll.right.includes(position)) return html`<span class="sf-badge sf-badge--success">${icon('check')}${say('right')}</span>`;
    return isTicked ? html`<span class="sf-option__mark">${icon('check')}<span class="sf-visually-hidden">${say('yours')}</span></span>` : nothing;
  }

  #sendButton(poll: Poll, ticked: readonly number[], mine: readonly number[]) {
    const isSame = ticked.length === mine.length && ticked.every((one) => mine.includes(one));
    return html`<button
      class="sf-button sf-button--primary sf-button--wide"
      data-testid="poll-vote"
      aria-busy=${this.app.talk.isBusy(`poll-${poll.id}`)}
      ?disabled=${isSame}
      @click=${() => this.#vote(poll, ticked)}
    >
      ${say(mine.length > 0 ? 'change' : 'vote')}
    </button>`;
  }

  #left(poll: Poll) {
    if (!poll.isOpen) return html`<span class="sf-badge">${t('poll.closed')}</span>`;
    const leftS = this.#leftS(poll);
    if (leftS === null || !poll.takesVotes) return nothing;
    return html`<span class="sf-badge sf-figures" role="timer" aria-live="off">${icon('clock')}${formatClock(leftS)}</span>`;
  }

  #leftS(poll: Poll): number | null {
    if (poll.closesAtMs === null) return null;
    return Math.max(0, Math.ceil((poll.closesAtMs - this.app.timeline.serverNowMs()) / 1000));
  }

  #mayVote(poll: Poll): boolean {
    return poll.isOpen && poll.takesVotes && this.#leftS(poll) !== 0 && this.app.view.state !== 'ended' && !this.app.timeline.isBanned;
  }

  #foot(poll: Poll, mine: readonly number[]): string {
    const voters = poll.votes === null ? '' : say('voters', { count: poll.voters });
    if (!poll.isOpen) return this.#verdict(poll, mine) ?? voters;
    if (!this.#mayVote(poll)) return this.app.view.state === 'ended' ? voters : say('closing');
    if (poll.hidesTally) return say(mine.length > 0 ? 'hidden-voted' : 'hidden');
    return mine.length > 0 ? `${voters} · ${say('may-change')}` : voters;
  }

  #verdict(poll: Poll, mine: readonly number[]): string | null {
    if (!poll.isQuiz || mine.length === 0) return null;
    return say(`you-were-${verdictOf(poll.right, mine)}`);
  }

  #choose(poll: Poll, position: number, ticked: readonly number[]): void {
    if (poll.choicesMax === 1) {
      // The same again takes the vote back.
      void this.#vote(poll, ticked.includes(position) ? [] : [position]);
      return;
    }
    const options = ticked.includes(position) ? ticked.filter((one) => one !== position) : [...ticked, position];
    this.chosen = { pollId: poll.id, options: options.sort((a, b) => a - b) };
  }

  async #vote(poll: Poll, options: readonly number[]): Promise<void> {
    try {
      await this.app.talk.vote(poll.id, options);
      this.chosen = null;
    } catch (error) {
      this.app.tellProblem(error);
    }
  }
}

/** `share`: in per cent of the voters. */
function resultOf({ votes, voters }: Poll, position: number): { count: number; share: number } {
  const count = votes?.[position] ?? 0;
  return { count, share: voters > 0 ? Math.round((100 * count) / voters) : 0 };
}

export const elements = { 'sf-poll': SfPoll };
