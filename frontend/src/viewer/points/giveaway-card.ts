/** `<sf-giveaway>`: the draw of this picture: what there is to win, the way in, one's own number, the result. */
import { html, nothing } from 'lit';
import { formatClock, formatCount } from '../../format/index.ts';
import type { Giveaway } from '../../timeline-client/index.ts';
import { icon } from '../../ui/icon.ts';
import { Redrawing } from '../../ui/redrawing.ts';
import type { Topic } from '../app.ts';
import { AppElement } from '../element.ts';
import { FocusKeeper } from '../focus.ts';
import { seenFromTop } from './unfolded.ts';
import { say } from './texts/index.ts';

const TICK_MS = 1_000;

export class SfGiveaway extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk', 'layout'];
  static override properties = { isOpened: { state: true } };
  /** On a phone the card folds into one line. */
  declare isOpened: boolean;

  constructor() {
    super();
    const next = (selector: string) => this.querySelector<HTMLElement>(selector);
    new FocusKeeper(this, () => next('[role="status"]') ?? next('button') ?? this.app.focusChat());
    new Redrawing(this, TICK_MS, () => this.app.talk.giveaways.current !== null); // its countdown, or the end of its result
    this.isOpened = false;
  }

  override render() {
    const { talk, isWide } = this.app;
    const giveaway = talk.giveaways.current;
    if (!giveaway) return nothing;
    const isFolded = isWide ? talk.isDismissed(giveaway.id) : !this.isOpened;
    return isFolded ? this.#line(giveaway, isWide) : this.#card(giveaway, isWide);
  }

  #line(giveaway: Giveaway, isWide: boolean) {
    return html`<button
      class=${isWide ? 'sf-pill sf-poll__aside' : 'sf-notices__line'}
      data-testid="giveaway-open"
      aria-expanded="false"
      @click=${() => void this.#unfold(giveaway.id, isWide)}
    >
      ${icon('trophy')}<span class="sf-clip" dir="auto"><b>${say('draw')}</b> ${giveaway.body.title}</span>${this.#left(giveaway)}${isWide ? nothing : icon('chevron-down')}
    </button>`;
  }

  async #unfold(id: string, isWide: boolean): Promise<void> {
    if (isWide) this.app.talk.restore(id);
    else this.isOpened = true;
    await this.updateComplete;
    seenFromTop(this.querySelector('section'));
  }

  #card(giveaway: Giveaway, isWide: boolean) {
    const { body, count } = giveaway;
    return html`<section class="sf-poll sf-point" aria-labelledby=${this.app.id('giveaway-title')} data-testid="giveaway" data-giveaway-id=${giveaway.id}>
      <div class="sf-poll__head">
        <span class="sf-poll__kind">${icon('trophy')}${say('draw')}</span>
        ${this.#left(giveaway)}
        <button class="sf-poll__close" aria-label=${say('draw.aside')} data-testid="giveaway-aside" @click=${() => this.#fold(giveaway, isWide)}>${icon('x')}</button>
      </div>
      <h3 class="sf-poll__question" id=${this.app.id('giveaway-title')} dir="auto">${body.title}</h3>
      <p dir="auto">${body.prize}</p>
      ${this.#state(giveaway)}
      <p class="sf-poll__foot">
        ${count ? html`<span class="sf-figures" data-testid="giveaway-entries">${say('draw.entries', { count, n: formatCount(count) })}</span> · ` : nothing}
        <a class="sf-link sf-link--target" href=${body.url} target="_blank" data-testid="giveaway-page">${say(giveaway.result ? 'draw.check' : 'draw.terms')}</a>
      </p>
    </section>`;
  }

  #state(giveaway: Giveaway) {
    const number = this.app.talk.giveaways.numberIn(giveaway.id);
    if (giveaway.result) return this.#result(giveaway, giveaway.result, number);
    if (number !== null) return html`<p class="sf-notice sf-notice--success" role="status" tabindex="-1" data-testid="giveaway-yours">${icon('check')}<span>${say('draw.yours', { number })}</span></p>`;
    if (!giveaway.isOpen || !giveaway.isTaking || this.#leftS(giveaway) === 0) return html`<p class="sf-soft">${say('draw.waits')}</p>`;
    return this.#form(giveaway);
  }

  #form({ id, body }: Giveaway) {
    const { talk, timeline } = this.app;
    return html`<form class="sf-stack sf-point__form" @submit=${(event: SubmitEvent) => void this.#enter(event, id)}>
      ${body.asks_email
        ? html`<label class="sf-field"><span class="sf-field__label">${say('draw.email')}</span>
            <input class="sf-input" type="email" name="email" maxlength="254" autocomplete="email" required .defaultValue=${talk.giveaways.emailOf(id)} @input=${({ target }: Event) => talk.giveaways.keepEmail(id, (target as HTMLInputElement).value)} data-testid="giveaway-email" /></label>`
        : nothing}
      <label class="sf-check"><input type="checkbox" name="terms" required data-testid="giveaway-terms" /><span>${say('draw.accept')}</span></label>
      <button class="sf-button sf-button--primary sf-button--wide" aria-busy=${talk.giveaways.isBusy} ?disabled=${timeline.isBanned} data-testid="giveaway-enter">${say('draw.enter')}</button>
    </form>`;
  }

  #result({ body }: Giveaway, { winning, reserve }: NonNullable<Giveaway['result']>, number: number | null) {
    if (winning.length === 0) return html`<p>${say('draw.nobody')}</p>`;
    const words = say('draw.winners', { count: winning.length, numbers: winning.map((one) => formatCount(one)).join(', ') });
    return html`<p data-testid="giveaway-winners"><b>${words}</b></p>
      ${number !== null && winning.includes(number)
        ? html`<p class="sf-notice sf-notice--success" role="status" tabindex="-1" data-testid="giveaway-won">${icon('trophy')}<span>${say('draw.won')}</span></p>
            <a class="sf-button sf-button--primary sf-button--wide" href=${body.url} target="_blank">${say('draw.claim')}</a>`
        : number === null
          ? nothing
          : html`<p class="sf-soft" role="status" tabindex="-1">${reserve.includes(number) ? say('draw.reserve') : say('draw.lost', { number })}</p>`}`;
  }

  #left(giveaway: Giveaway) {
    if (giveaway.result || !giveaway.isOpen) return html`<span class="sf-badge">${say('draw.closed')}</span>`;
    return html`<span class="sf-badge sf-figures" role="timer" aria-live="off">${icon('clock')}${formatClock(this.#leftS(giveaway))}</span>`;
  }

  #leftS({ body }: Giveaway): number {
    return Math.max(0, Math.ceil((Date.parse(body.closes_at) - this.app.talk.giveaways.momentMs) / 1000));
  }

  #fold(giveaway: Giveaway, isWide: boolean): void {
    if (isWide) this.app.talk.dismiss(giveaway.id);
    else this.isOpened = false;
  }

  async #enter(event: SubmitEvent, id: string): Promise<void> {
    event.preventDefault();
    const email = new FormData(event.target as HTMLFormElement).get('email');
    try {
      await this.app.talk.giveaways.enter(id, typeof email === 'string' ? email : '');
    } catch (error) {
      this.app.tellProblem(error);
    }
  }
}
