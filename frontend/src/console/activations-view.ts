import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { StaffActivation } from '../api/schema.ts';
import { PageElement, define } from '../ui/element.ts';
import { POINT_FORM, pointPlace } from './points.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t, type ConsoleText } from './texts.ts';

const KINDS = ['appointment', 'sample', 'sign_up', 'download', 'link', 'answer'] as const;
const ORDER = ['open', 'draft', 'closed', 'withdrawn'];

/** Activation points: prepared ones to put on screen, those on screen with their counts, and what came of the others. */
export class SfConsoleActivations extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false }, kind: { state: true } };
  declare session: Session;
  declare version: number;
  declare kind: (typeof KINDS)[number];

  constructor() {
    super();
    this.kind = 'appointment';
  }

  override render() {
    const points = (this.session.talk.points.activations ?? []).toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
    return html`${this.session.mayProduce ? this.#renderForm() : nothing}
      <ol class="sf-talk__list" aria-label=${t('points.title')}>
        ${repeat(points, (one) => one.activation_id, (one) => this.#renderOne(one))}
      </ol>`;
  }

  #renderOne(one: StaffActivation) {
    return html`<li class="sf-card-row ${one.state === 'open' ? 'sf-card-row--on' : ''}" data-testid=${`activation-${one.activation_id}`} data-state=${one.state}>
      <p class="sf-card-row__who">
        <span class="sf-badge ${one.state === 'open' ? 'sf-badge--accent' : ''}">${t(`draws.state.${one.state}` as ConsoleText)}</span>
        <span class="sf-badge">${t(`points.kind.${one.kind}` as ConsoleText)}</span>
        ${one.state === 'draft' ? nothing : html`<span class="sf-figures" data-testid="taken">${t('points.taken', { count: one.taken })}</span>`}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.title}</p>
      ${this.#renderActs(one)} ${errorLine(this.session.errorAt(pointPlace(one.activation_id)))}
    </li>`;
  }

  #renderActs({ activation_id: id, state }: StaffActivation) {
    const { points } = this.session.talk;
    if (!this.session.mayProduce) return nothing;
    const button = (verb: string, words: string, onClick: () => void, isMain = false) => html`<button
      class="sf-button sf-button--small ${isMain ? 'sf-button--primary' : ''}"
      data-testid=${`activation-${verb}-${id}`}
      aria-busy=${this.session.isBusy(pointPlace(id))}
      @click=${onClick}
    >
      ${words}
    </button>`;
    const table = html`<a class="sf-button sf-button--quiet sf-button--small" href=${points.answersHref(id)} download>${t('export.csv')}</a>`;
    if (state === 'draft') {
      return html`<div class="sf-card-row__acts">${button('open', t('points.open'), () => void points.openPoint(id), true)} ${button('delete', t('polls.delete'), () => void points.removePoint(id))}</div>`;
    }
    return html`<div class="sf-card-row__acts">${state === 'open' ? button('close', t('points.close'), () => void points.closePoint(id), true) : nothing} ${table} ${this.#renderWithdraw(id)}</div>`;
  }

  /** People may have taken part: what cannot be undone is asked for. */
  #renderWithdraw(id: string) {
    return html`<details class="sf-point-ask"><summary class="sf-button sf-button--small sf-button--quiet">${t('polls.withdraw')}</summary>
      <p class="sf-small">${t('points.withdrawAsk')}</p>
      <button class="sf-button sf-button--small sf-button--danger" data-testid=${`activation-withdraw-${id}`} @click=${() => void this.session.talk.points.withdrawPoint(id)}>${t('draws.withdrawSure')}</button>
    </details>`;
  }

  #renderForm() {
    const wrong = this.session.actions.wrongField(POINT_FORM);
    const field = (words: string, input: unknown) => html`<label class="sf-field"><span class="sf-field__label">${words}</span>${input}</label>`;
    const text = (name: string, words: string, max: number, required = false) =>
      field(words, html`<input class="sf-input" name=${name} maxlength=${max} ?required=${required} aria-invalid=${wrong === name} data-testid=${`point-${name}`} />`);
    const number = (name: string, words: string, value: string, min: number) =>
      field(words, html`<input class="sf-input" type="number" name=${name} min=${min} .defaultValue=${value} aria-invalid=${wrong === name} data-testid=${`point-${name}`} />`);
    const lines = (name: string, words: string) => field(words, html`<textarea class="sf-input" name=${name} rows="3" aria-invalid=${wrong === name} data-testid=${`point-${name}`}></textarea>`);
    const own = {
      appointment: () => html`${lines('slots', t('points.slots'))} ${text('time_zone', t('points.zone'), 60)} ${number('capacity', t('points.capacity'), '1', 1)} ${number('minutes', t('points.minutes'), '30', 5)} ${text('place', t('points.place'), 200)}`,
      sample: () => number('stock', t('points.stock'), '', 1),
      sign_up: () => nothing,
      download: () => text('url', t('points.url'), 500, true),
      link: () => text('url', t('points.url'), 500, true),
      answer: () => lines('options', t('points.options')),
    }[this.kind];
    return html`<details class="sf-rundown__segment" data-testid="activation-new">
      <summary>${t('points.make')}</summary>
      <form class="sf-stack" @submit=${(event: SubmitEvent) => void this.#save(event)}>
        ${field(t('points.kind'), html`<select class="sf-select" name="kind" data-testid="point-kind" @change=${(event: Event) => (this.kind = (event.target as HTMLSelectElement).value as typeof this.kind)}>${KINDS.map((kind) => html`<option value=${kind}>${t(`points.kind.${kind}`)}</option>`)}</select>`)}
        ${text('title', t('draws.name'), 120, true)} ${text('text', t('points.text'), 500)} ${own()}
        ${field(t('points.consent'), html`<textarea class="sf-input" name="consent" rows="2" maxlength="1000" aria-invalid=${wrong === 'consent'} data-testid="point-consent"></textarea>`)}
        <label class="sf-check"><input type="checkbox" name="for_marketing" data-testid="point-marketing" /><span>${t('points.marketing')}</span></label>
        <div class="sf-row sf-row--wrap">${number('takes_max', t('points.takesMax'), '0', 0)} ${number('per_person', t('points.perPerson'), '1', 1)}</div>
        <label class="sf-check"><input type="checkbox" name="in_replay" /><span>${t('points.inReplay')}</span></label>
        ${errorLine(this.session.errorAt(POINT_FORM))}
        <button class="sf-button sf-button--small sf-button--primary" aria-busy=${this.session.isBusy(POINT_FORM)} data-testid="point-save">${t('polls.save')}</button>
      </form>
    </details>`;
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    const text = (name: string) => String(data.get(name) ?? '').trim();
    const lines = (name: string) => text(name).split('\n').map((line) => line.trim()).filter(Boolean);
    const payload = {
      appointment: () => ({ slots: lines('slots'), time_zone: text('time_zone') || 'UTC', capacity: Number(text('capacity')), minutes: Number(text('minutes')), place: text('place') }),
      sample: () => ({ stock: text('stock') ? Number(text('stock')) : null }),
      sign_up: () => ({}),
      download: () => ({ url: text('url') }),
      link: () => ({ url: text('url') }),
      answer: () => ({ options: lines('options') }),
    }[this.kind]();
    const done = await this.session.talk.points.savePoint({
      kind: this.kind, title: text('title'), text: text('text'), payload, consent: text('consent'),
      for_marketing: data.has('for_marketing'), in_replay: data.has('in_replay'),
      takes_max: Number(text('takes_max')), per_person: Number(text('per_person')),
    });
    if (!done) return;
    form.reset();
    this.kind = 'appointment';
    form.closest('details')?.removeAttribute('open');
  }
}

define('sf-console-activations', SfConsoleActivations);
