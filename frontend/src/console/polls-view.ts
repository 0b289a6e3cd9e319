import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatCount } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import type { Session } from './session.ts';
import { pollPlace, type StaffPoll } from './talk.ts';
import { t } from './texts.ts';
import { requestDialog } from './dialog-requests.ts';
import { errorLine } from './shared-templates.ts';

/** Polls and quizzes: prepared ones to open, the open one with its votes, and what came of the others. */
export class SfConsolePolls extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: Session;
  declare version: number;

  override render() {
    const { polls } = this.session.talk.lists;
    const error = this.session.errorAt('list:polls');
    return html`
      <div class="sf-talk__head">
        <button class="sf-button sf-button--small" data-testid="poll-new" @click=${() => requestDialog(this, { name: 'poll', poll: null })}>${icon('plus')} ${t('polls.make')}</button>
      </div>
      ${errorLine(error)}
      ${polls?.length === 0 ? html`<div class="sf-empty">${icon('signal')}<p>${t('polls.empty')}</p></div>` : nothing}
      <ol class="sf-talk__list" aria-label=${t('polls.title')}>
        ${repeat(inOrder(polls ?? []), (one) => one.poll_id, (one) => this.#renderPoll(one))}
      </ol>
    `;
  }

  #renderPoll(one: StaffPoll) {
    const error = this.session.errorAt(pollPlace(one.poll_id));
    const words = { draft: t('polls.state.draft'), open: t('polls.state.open'), closed: t('polls.state.closed'), withdrawn: t('polls.state.withdrawn') };
    return html`<li class="sf-card-row ${one.state === 'open' ? 'sf-card-row--on' : ''}" data-testid=${`poll-${one.poll_id}`} data-state=${one.state}>
      <p class="sf-card-row__who">
        <span class="sf-badge ${one.state === 'open' ? 'sf-badge--accent' : ''}">${words[one.state]}</span>
        ${one.is_quiz ? html`<span class="sf-badge">${t('polls.quiz')}</span>` : nothing}
        ${one.hides_tally ? html`<span class="sf-badge">${t('polls.hidden')}</span>` : nothing}
        <span class="sf-figures" data-testid="voters">${one.state === 'draft' ? nothing : t('polls.voters', { count: one.voters })}</span>
      </p>
      <p class="sf-card-row__text" dir="auto">${one.question}</p>
      <ul class="sf-bars">
        ${one.options.map(({ position, text }) => this.#renderBar(one, position, text))}
      </ul>
      ${this.#renderActs(one)} ${errorLine(error)}
    </li>`;
  }

  #renderBar(one: StaffPoll, position: number, text: string) {
    const votes = one.votes[position] ?? 0;
    const share = one.voters > 0 ? votes / one.voters : 0;
    return html`<li class="sf-bars__row">
      <span class="sf-clip" dir="auto">${one.right.includes(position) ? html`${icon('check')}<span class="sf-visually-hidden">${t('polls.right')}</span> ` : nothing}${text}</span>
      ${one.state === 'draft' ? nothing : html`<span class="sf-figures">${formatCount(votes)}</span><meter class="sf-bars__bar" min="0" max="1" .value=${share} aria-hidden="true"></meter>`}
    </li>`;
  }

  #renderActs(one: StaffPoll) {
    const { talk } = this.session;
    const busy = this.session.isBusy(pollPlace(one.poll_id));
    const button = (verb: string, words: string, onClick: () => void, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`poll-${verb}-${one.poll_id}`}
      aria-busy=${busy}
      @click=${onClick}
    >
      ${words}
    </button>`;
    switch (one.state) {
      case 'draft':
        return html`<div class="sf-card-row__acts">
          ${button('open', t('polls.open'), () => requestDialog(this, { name: 'openPoll', poll: one }), true)}
          ${button('edit', t('polls.edit'), () => requestDialog(this, { name: 'poll', poll: one }))} ${button('delete', t('polls.delete'), () => void talk.deletePoll(one.poll_id))}
        </div>`;
      case 'open':
        return html`<div class="sf-card-row__acts">
          ${button('close', t('polls.close'), () => void talk.poll(one.poll_id, 'close'), true)} ${button('withdraw', t('polls.withdraw'), () => void talk.poll(one.poll_id, 'withdraw'))}
        </div>`;
      default:
        return html`<div class="sf-card-row__acts"><a class="sf-button sf-button--quiet sf-button--small" href=${talk.resultsHref(one.poll_id)} download>${t('export.csv')}</a></div>`;
    }
  }
}

const ORDER = { open: 0, draft: 1, closed: 2, withdrawn: 3 } as const;

function inOrder(polls: readonly StaffPoll[]): readonly StaffPoll[] {
  return polls.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]);
}

define('sf-console-polls', SfConsolePolls);
