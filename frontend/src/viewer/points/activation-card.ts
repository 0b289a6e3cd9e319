/** `<sf-activations>`: the activation points of this picture, each with its form, which is filled in without leaving the picture. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { currentLanguage } from '../../i18n/index.ts';
import { ApiError } from '../../api/client.ts';
import type { FormField } from '../../api/schema.ts';
import type { Activation } from '../../timeline-client/index.ts';
import { icon } from '../../ui/icon.ts';
import type { Handed } from '../activations.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import { FocusKeeper } from '../focus.ts';
import { seenFromTop } from './unfolded.ts';
import { say, type PointText } from './texts/index.ts';

const ICONS: Readonly<Record<string, string>> = {
  appointment: 'calendar', sample: 'package', sign_up: 'mail', download: 'upload', link: 'external-link', answer: 'message-circle',
};

export class SfActivations extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk', 'layout'];
  static override properties = { opened: { state: true } };
  /** On a phone cards are folded into lines; the one that is open. */
  declare opened: string;
  readonly #wrong = new Map<string, string>();
  /** The point whose button was pressed last: the focus stays at it. */
  #touched = '';

  constructor() {
    super();
    new FocusKeeper(this, () => this.#next() ?? this.app.focusChat());
    this.opened = '';
  }

  override render() {
    return repeat(this.app.talk.activations.current, ({ id }) => id, (one) => this.#draw(one));
  }

  /** Folded a point is one button; open, it has what came of it, or the button that folds it. */
  #next(): HTMLElement | null {
    const point = [...this.querySelectorAll<HTMLElement>('[data-activation-id]')].find((one) => one.dataset['activationId'] === this.#touched);
    if (!point || point instanceof HTMLButtonElement) return point ?? null;
    return point.querySelector<HTMLElement>('[role="status"]') ?? point.querySelector('button');
  }

  #draw(point: Activation) {
    const { isWide, talk } = this.app;
    const isFolded = isWide ? talk.isDismissed(point.id) : this.opened !== point.id;
    return isFolded ? this.#line(point, isWide) : this.#card(point);
  }

  #line({ id, body }: Activation, isWide: boolean) {
    return html`<button
      class=${isWide ? 'sf-pill sf-poll__aside' : 'sf-notices__line'}
      data-testid=${`activation-open-${id}`}
      data-activation-id=${id}
      aria-expanded="false"
      @click=${() => this.#fold(id, false)}
    >
      ${icon(ICONS[body.kind] ?? 'sparkles')}<span class="sf-clip" dir="auto">${body.title}</span>${isWide ? nothing : icon('chevron-down')}
    </button>`;
  }

  #card(point: Activation) {
    const { id, body } = point;
    const title = this.app.id(`activation-${id}`);
    return html`<section class="sf-poll sf-point" aria-labelledby=${title} data-testid="activation" data-kind=${body.kind} data-activation-id=${id}>
      <div class="sf-poll__head">
        <span class="sf-poll__kind">${icon(ICONS[body.kind] ?? 'sparkles')}${say(`act.kind.${body.kind}` as PointText)}</span>
        <button class="sf-poll__close" aria-label=${say('act.aside')} @click=${() => this.#fold(id, true)}>${icon('x')}</button>
      </div>
      <h3 class="sf-poll__question" id=${title} dir="auto">${body.title}</h3>
      ${body.text ? html`<p dir="auto">${body.text}</p>` : nothing}
      ${body.place ? html`<p class="sf-small sf-soft" dir="auto">${body.place}</p>` : nothing}
      ${this.#state(point)}
    </section>`;
  }

  #state(point: Activation) {
    const { id, body, count } = point;
    const { activations } = this.app.talk;
    const handed = activations.handedOf(id);
    if (activations.countOf(id) >= body.per_person || handed) return this.#done(body.kind, handed);
    if (count?.full.includes('all') || (body.takes_max > 0 && (count?.taken ?? 0) >= body.takes_max)) return html`<p class="sf-soft">${say('act.full')}</p>`;
    return this.#form(point);
  }

  #done(kind: string, handed: Handed | undefined) {
    return html`<p class="sf-notice sf-notice--success" role="status" tabindex="-1" data-testid="activation-done">${icon('check')}<span>${say(doneText(kind, handed))}</span></p>
      ${handed?.url ? html`<a class="sf-button sf-button--primary sf-button--wide" href=${handed.url} target="_blank" rel="noopener noreferrer" data-testid="activation-url">${say(kind === 'download' ? 'act.download' : 'act.follow')}</a>` : nothing}
      ${handed?.calendar_url ? html`<a class="sf-button sf-button--wide" href=${handed.calendar_url} data-testid="activation-calendar">${icon('calendar-plus')}${say('act.calendar')}</a>` : nothing}
      <p class="sf-poll__foot"><a class="sf-link sf-link--target" href="/mine" target="_blank">${say('act.mine')}</a></p>`;
  }

  #form(point: Activation) {
    const { id, body } = point;
    const { activations } = this.app.talk;
    return html`<form class="sf-stack sf-point__form" @input=${({ currentTarget }: Event) => activations.keepDraft(id, valuesOf(currentTarget as HTMLFormElement))} @submit=${(event: SubmitEvent) => void this.#send(event, id)}>
      ${body.fields.map((field) => this.#field(point, field))}
      ${body.consent
        ? html`<label class="sf-check"><input type="checkbox" name="agrees" required aria-invalid=${this.#wrong.get(id) === 'agrees'} data-testid="activation-agrees" /><span dir="auto">${body.consent}</span></label>`
        : nothing}
      <button class="sf-button sf-button--primary sf-button--wide" aria-busy=${activations.isBusy(id)} ?disabled=${this.app.timeline.isBanned} data-testid="activation-send">${say(`act.send.${body.kind}` as PointText)}</button>
    </form>`;
  }

  #field({ id, body, count }: Activation, field: FormField) {
    const isWrong = this.#wrong.get(id) === field.name;
    const words = say(`act.field.${field.name}` as PointText);
    const label = field.required ? words : say('act.optional', { name: words });
    return html`<label class="sf-field"><span class="sf-field__label">${label}</span>${this.#input(field, isWrong, this.app.talk.activations.draftOf(id)[field.name] ?? '', body.time_zone, count?.full ?? [])}</label>`;
  }

  #input(field: FormField, isWrong: boolean, draft: string, zone: string, full: readonly string[]) {
    const testId = `activation-${field.name}`;
    if (field.type === 'choice') {
      const text = (option: string) => (field.name === 'slot' ? slotText(option, zone) : option);
      return html`<select class="sf-select" name=${field.name} ?required=${field.required} aria-invalid=${isWrong} data-testid=${testId}>
        <option value="">${say('act.choose')}</option>
        ${field.options.map((option) => html`<option value=${option} ?selected=${option === draft} ?disabled=${full.includes(option)}>${text(option)}</option>`)}
      </select>`;
    }
    if (field.type === 'area') {
      return html`<textarea class="sf-textarea" name=${field.name} rows="3" .defaultValue=${draft} maxlength=${field.chars_max} ?required=${field.required} aria-invalid=${isWrong} data-testid=${testId}></textarea>`;
    }
    const type = field.type === 'email' ? 'email' : 'text';
    return html`<input class="sf-input" type=${type} name=${field.name} .defaultValue=${draft} maxlength=${field.chars_max} autocomplete=${field.name} ?required=${field.required} aria-invalid=${isWrong} data-testid=${testId} />`;
  }

  #fold(id: string, isFolded: boolean): void {
    this.#touched = id;
    const { isWide, talk } = this.app;
    if (!isWide) this.opened = isFolded ? '' : id;
    else if (isFolded) talk.dismiss(id);
    else talk.restore(id);
    if (!isFolded) void this.updateComplete.then(() => seenFromTop(this.querySelector(`section[data-activation-id="${id}"]`)));
  }

  async #send(event: SubmitEvent, id: string): Promise<void> {
    event.preventDefault();
    this.#touched = id;
    const form = event.target as HTMLFormElement;
    this.#wrong.delete(id);
    try {
      await this.app.talk.activations.takePart(id, valuesOf(form), new FormData(form).has('agrees'));
    } catch (error) {
      if (error instanceof ApiError && error.problem.field) this.#wrong.set(id, error.problem.field);
      this.app.tellProblem(error);
    }
    this.requestUpdate();
  }
}

/** Consent is given anew each time: it is no part of them. */
function valuesOf(form: HTMLFormElement): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (name !== 'agrees' && typeof value === 'string') values[name] = value;
  return values;
}

/** What was handed over before this page was opened, or is still to be confirmed, stands under *Mine*. */
function doneText(kind: string, handed: Handed | undefined): PointText {
  if (!handed) return 'act.done.before';
  return handed.confirms ? 'act.confirm-mail' : (`act.done.${kind}` as PointText);
}

/** A slot by the wall clock of the place, which is what people keep in their heads. */
function slotText(slot: string, zone: string): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone, timeZoneName: 'short' } as const;
  return new Intl.DateTimeFormat(currentLanguage(), options).format(new Date(slot));
}
