import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatCount } from '../format/index.ts';
import type { StaffGiveaway } from '../api/schema.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { FORM, pointPlace } from './points.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t, type ConsoleText } from './texts.ts';

const RULES = ['viewer', 'member', 'order', 'email', 'network'] as const;
const LENGTHS_S = [60, 180, 300, 600] as const;
const ORDER = ['open', 'closed', 'draft', 'drawn', 'withdrawn'];

/** Giveaways: prepared ones to open, the open one with its entries, and who has won. */
export class SfConsolePoints extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: Session;
  declare version: number;

  override render() {
    const { giveaways } = this.session.talk.points;
    return html`
      ${errorLine(this.session.errorAt('list:points'))}
      ${this.session.mayProduce ? this.#renderForm() : nothing}
      ${giveaways?.length === 0 ? html`<div class="sf-empty">${icon('trophy')}<p>${t('draws.empty')}</p></div>` : nothing}
      <ol class="sf-talk__list" aria-label=${t('draws.title')}>
        ${repeat((giveaways ?? []).toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state)), (one) => one.giveaway_id, (one) => this.#renderOne(one))}
      </ol>
    `;
  }

  #renderOne(one: StaffGiveaway) {
    return html`<li class="sf-card-row ${one.state === 'open' ? 'sf-card-row--on' : ''}" data-testid=${`giveaway-${one.giveaway_id}`} data-state=${one.state}>
      <p class="sf-card-row__who">
        <span class="sf-badge ${one.state === 'open' ? 'sf-badge--accent' : ''}">${t(`draws.state.${one.state}` as ConsoleText)}</span>
        <span class="sf-badge">${t(`draws.rule.${one.rule}` as ConsoleText)}</span>
        ${one.state === 'draft' ? nothing : html`<span class="sf-figures" data-testid="entries">${t('draws.entries', { count: one.entries, n: formatCount(one.entries) })}</span>`}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.title}</p>
      <p class="sf-small sf-soft" dir="auto">${one.prize} · ${t('draws.winnersOf', { winners: one.winners, substitutes: one.substitutes })}</p>
      ${one.prizes.length ? html`<p class="sf-small" data-testid="prizes">${one.prizes.filter(({ state }) => state !== 'reserve').map((prize) => html`<span class="sf-badge">${t('draws.prize', { number: prize.number, state: t(`draws.prize.${prize.state}` as ConsoleText) })}</span> `)}</p>` : nothing}
      ${this.#renderActs(one)} ${errorLine(this.session.errorAt(pointPlace(one.giveaway_id)))}
    </li>`;
  }

  #renderActs(one: StaffGiveaway) {
    const { points } = this.session.talk;
    const id = one.giveaway_id;
    const button = (verb: string, words: string, onClick: () => void, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`giveaway-${verb}-${id}`}
      aria-busy=${this.session.isBusy(pointPlace(id))}
      @click=${onClick}
    >
      ${words}
    </button>`;
    if (!this.session.mayProduce) return nothing;
    switch (one.state) {
      case 'draft':
        return html`<div class="sf-card-row__acts">
          ${LENGTHS_S.map((seconds, index) => button(`open-${String(seconds)}`, t('draws.openFor', { count: seconds / 60 }), () => void points.openNow(id, seconds), index === 0))}
          ${button('delete', t('polls.delete'), () => void points.remove(id))}
        </div>`;
      case 'open':
        return html`<div class="sf-card-row__acts">
          ${button('close', t('draws.close'), () => void points.end(id, 'close'), true)} ${this.#renderWithdraw(id)}
        </div>`;
      case 'closed':
        return html`<p class="sf-small sf-soft" role="status">${t('draws.waits')}</p>`;
      default:
        return html`<div class="sf-card-row__acts">
          <a class="sf-button sf-button--quiet sf-button--small" href=${one.url} target="_blank">${t('draws.page')}</a>
          <a class="sf-button sf-button--quiet sf-button--small" href=${points.prizesHref(id)} download>${t('export.csv')}</a>
        </div>`;
    }
  }

  /** People have entered: what cannot be undone is asked for. */
  #renderWithdraw(id: string) {
    return html`<details class="sf-point-ask"><summary class="sf-button sf-button--small sf-button--quiet">${t('polls.withdraw')}</summary>
      <p class="sf-small">${t('draws.withdrawAsk')}</p>
      <button class="sf-button sf-button--small sf-button--danger" data-testid=${`giveaway-withdraw-${id}`} @click=${() => void this.session.talk.points.end(id, 'withdraw')}>${t('draws.withdrawSure')}</button>
    </details>`;
  }

  #renderForm() {
    const wrong = this.session.actions.wrongField(FORM);
    const field = (words: string, input: unknown) => html`<label class="sf-field"><span class="sf-field__label">${words}</span>${input}</label>`;
    const text = (name: string, words: string, max: number) =>
      field(words, html`<input class="sf-input" name=${name} maxlength=${max} required aria-invalid=${wrong === name} data-testid=${`giveaway-${name}`} />`);
    const number = (name: string, words: string, value: number, max: number, min = 1) =>
      field(words, html`<input class="sf-input" type="number" name=${name} min=${min} max=${max} .defaultValue=${String(value)} required aria-invalid=${wrong === name} />`);
    return html`<details class="sf-rundown__segment" data-testid="giveaway-new">
      <summary>${t('draws.make')}</summary>
      <form class="sf-stack" @submit=${(event: SubmitEvent) => void this.#save(event)}>
        ${text('title', t('draws.name'), 120)} ${text('prize', t('draws.prizeField'), 200)}
        ${field(t('draws.terms'), html`<textarea class="sf-input" name="terms" rows="5" maxlength="10000" required aria-invalid=${wrong === 'terms'} placeholder=${t('draws.termsHint')} data-testid="giveaway-terms"></textarea>`)}
        ${field(t('draws.rule'), html`<select class="sf-select" name="rule">${RULES.map((rule) => html`<option value=${rule}>${t(`draws.rule.${rule}`)}</option>`)}</select>`)}
        <div class="sf-row sf-row--wrap">${number('winners', t('draws.winners'), 1, 100)} ${number('substitutes', t('draws.substitutes'), 2, 200, 0)}</div>
        <div class="sf-row sf-row--wrap">${number('claim_hours', t('draws.claimHours'), 168, 720)} ${number('entries_max', t('draws.entriesMax'), 100_000, 100_000)}</div>
        ${errorLine(this.session.errorAt(FORM))}
        <button class="sf-button sf-button--small sf-button--primary" aria-busy=${this.session.isBusy(FORM)} data-testid="giveaway-save">${t('polls.save')}</button>
      </form>
    </details>`;
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const text = (name: string) => String(data.get(name) ?? '');
    const done = await this.session.talk.points.save({
      title: text('title'), prize: text('prize'), terms: text('terms'), rule: text('rule'),
      winners: Number(text('winners')), substitutes: Number(text('substitutes')),
      claim_hours: Number(text('claim_hours')), entries_max: Number(text('entries_max')),
    });
    if (!done) return;
    form.reset();
    form.closest('details')?.removeAttribute('open');
  }
}

define('sf-console-points', SfConsolePoints);
