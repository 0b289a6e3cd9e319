/** `<sf-wait sku>`: waits for a variant that is sold out, and says honestly how many people are before. */
import { html, nothing } from 'lit';
import type { WaitView } from '../api/schema.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { say } from './kept-texts/index.ts';
import { problemText } from './problem-text.ts';
import './wait.css';
import { errorLine } from './shared-templates.ts';

/** People before the viewer buy or leave: the place that is shown is never older than this. */
const LOOK_EVERY_MS = 15_000;
const EMAIL_MAX = 254;

export class SfWait extends AppElement {
  static override topics: readonly Topic[] = ['shop', 'viewer'];
  static override properties = { sku: { type: String }, wait: { state: true }, isBusy: { state: true }, error: { state: true } };
  declare sku: string;
  /** Null: the viewer does not wait, as far as is known. */
  declare wait: WaitView | null;
  declare isBusy: boolean;
  declare error: string;

  constructor() {
    super();
    new FocusKeeper(this, () => this.querySelector<HTMLElement>('[data-testid=wait-place]') ?? this.querySelector('button'));
    this.sku = '';
    this.wait = null;
    this.isBusy = false;
    this.error = '';
  }

  protected override appConnected(): void {
    this.every(LOOK_EVERY_MS, () => {
      if (this.wait && !this.isBusy && !document.hidden) void this.#ask();
    });
  }

  override render() {
    const { wait } = this;
    return html`${wait ? this.#place(wait) : nothing}
      <button
        class="sf-button sf-button--large sf-button--wide ${wait ? '' : 'sf-button--primary'}"
        data-testid=${wait ? 'wait-leave' : 'wait-join'}
        aria-busy=${this.isBusy}
        @click=${() => this.#inTurn(() => (wait ? this.#leave() : this.#join()))}
      >
        ${icon(wait ? 'x' : 'hourglass')} ${say(wait ? 'wait.leave' : 'wait')}
      </button>
      ${errorLine(this.app, 'wait-error', this.error)}`;
  }

  #place(wait: WaitView) {
    const told = say(wait.mailed ? 'wait.mailed' : 'wait.told');
    return html`<p role="status" tabindex="-1" data-testid="wait-place"><strong>${placeText(wait.place ?? 1)}</strong> <span class="sf-small sf-soft">${told}</span></p>
      ${wait.mailed || this.app.viewer?.role === 'member' ? nothing : this.#emailForm()}`;
  }

  /** The account of a member has an address; a guest may name one. */
  #emailForm() {
    const id = this.app.id('wait-email');
    return html`<details class="sf-wait-mail" data-testid="wait-email-open">
      <summary>${say('wait.email')}</summary>
      <form class="sf-wait-mail__line" @submit=${(event: SubmitEvent) => this.#sendEmail(event)}>
        <label class="sf-visually-hidden" for=${id}>${say('wait.email-label')}</label>
        <input id=${id} class="sf-input" type="email" name="email" required maxlength=${EMAIL_MAX} autocomplete="email" enterkeyhint="done" aria-describedby="${id}-help" data-testid="wait-email" />
        <button class="sf-button" data-testid="wait-email-send" aria-busy=${this.isBusy}>${say('wait.email-send')}</button>
      </form>
      <p class="sf-help" id="${id}-help">${say('wait.email-help')}</p>
    </details>`;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has('sku') || !this.sku) return;
    this.wait = null;
    this.error = '';
    void this.#ask();
  }

  #sendEmail(event: SubmitEvent): void {
    event.preventDefault();
    const email = String(new FormData(event.currentTarget as HTMLFormElement).get('email') ?? '').trim();
    void this.#inTurn(() => this.#join(email));
  }

  async #ask(): Promise<void> {
    const { sku } = this;
    const waits = await this.app.shop.waits().catch(() => null);
    if (waits && sku === this.sku && !this.isBusy) this.#take(waits.find((one) => one.sku === sku));
  }

  async #join(email?: string): Promise<void> {
    const { sku } = this;
    const wait = await this.app.shop.wait(sku, email);
    if (sku === this.sku) this.#take(wait);
  }

  async #leave(): Promise<void> {
    const { sku } = this;
    await this.app.shop.leave(sku);
    if (sku === this.sku) this.wait = null;
  }

  /** What is offered already is in the cart. */
  #take(wait: WaitView | undefined): void {
    this.wait = wait?.state === 'waiting' ? wait : null;
    if (wait?.state === 'offered') void this.app.shop.reloadCart().catch(() => undefined);
  }

  async #inTurn(act: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error = '';
    try {
      await act();
    } catch (error) {
      this.error = problemText(error, 'cart.failed');
    } finally {
      this.isBusy = false;
    }
  }
}

function placeText(place: number): string {
  return place <= 1 ? say('wait.next') : say('wait.place', { count: place - 1 });
}
