/** Rehearsing a show: begin, follow how it goes, end it, and read the report. */
import { html, nothing, type TemplateResult } from 'lit';
import { Api, ApiError } from '../api/client.ts';
import type { Rehearsal } from '../api/types.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { t } from './texts.ts';

const LOOK_EVERY_MS = 3000;
const SIZES = [10, 25, 50, 100, 200] as const;
const MINUTES = [5, 15, 30, 60] as const;

/**
 * @attr slug - the show's address
 * @attr of - the address of the rehearsed show, where this one is its rehearsal
 * @attr begins - this show can be rehearsed still
 */
export class SfRehearsal extends PageElement {
  static override properties = {
    slug: { type: String },
    of: { type: String },
    begins: { type: Boolean },
    view: { state: true },
    error: { state: true },
    isBusy: { state: true },
  };
  declare slug: string;
  declare of: string;
  declare begins: boolean;
  declare view: Rehearsal | null;
  declare error: string;
  declare isBusy: boolean;
  readonly #api = new Api({ language: document.documentElement.lang });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.slug = '';
    this.of = '';
    this.begins = false;
    this.view = null;
    this.error = '';
    this.isBusy = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  get #path(): string {
    return `/shows/${encodeURIComponent(this.slug)}`;
  }

  /** The rehearsal that is played here, or the last one of this show. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.view = await this.#api.request<Rehearsal>(`${this.#path}/rehearsal`);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) this.error = t('rehearsal.unknown');
    }
    const isGoing = this.view !== null && (this.view.state === 'waiting' || this.view.state === 'running');
    if (isGoing && this.isConnected) this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  async #act(work: () => Promise<Rehearsal>): Promise<void> {
    this.isBusy = true;
    this.error = '';
    try {
      this.view = await work();
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.isBusy = false;
    }
  }

  readonly #begin = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const body = { viewers: Number(data.get('viewers')), minutes: Number(data.get('minutes')) };
    await this.#act(() => this.#api.request<Rehearsal>(`${this.#path}/rehearsals`, { method: 'POST', body }));
    if (!this.error && this.view) location.assign(`/studio/${encodeURIComponent(this.view.slug)}`);
  };

  readonly #stop = (): void => {
    void this.#act(() => this.#api.request<Rehearsal>(`${this.#path}/rehearsal/stop`, { method: 'POST' })).then(() => this.#look());
  };

  override render() {
    if (this.of) return this.#renderPlayed();
    if (!this.begins && !this.view) return nothing;
    return html`<details class="sf-panel sf-studio__rehearsal" data-testid="rehearsal">
      <summary>${icon('users')} ${t('rehearsal.title')}</summary>
      ${this.begins ? this.#renderForm() : nothing}
      ${this.view ? html`<h3 class="sf-studio__subtitle">${t('rehearsal.last')}</h3>${this.#renderReport(this.view)}` : nothing}
    </details>`;
  }

  #renderForm() {
    const choice = (name: 'viewers' | 'minutes', values: readonly number[], chosen: number): TemplateResult => html`<div class="sf-field">
      <label for=${`rehearsal-${name}`}>${t(`rehearsal.${name}`)}</label>
      <select id=${`rehearsal-${name}`} class="sf-input" name=${name} data-testid=${`rehearsal-${name}`}>
        ${values.map((one) => html`<option value=${one} ?selected=${one === chosen}>${one}</option>`)}
      </select>
    </div>`;
    return html`<form class="sf-studio__fields" @submit=${this.#begin}>
      <p class="sf-soft sf-small sf-studio__wide">${t('rehearsal.words')}</p>
      ${choice('viewers', SIZES, 25)} ${choice('minutes', MINUTES, 15)}
      <button class="sf-button sf-studio__wide" data-testid="rehearsal-begin" aria-busy=${this.isBusy} ?disabled=${this.isBusy}>${t('rehearsal.begin')}</button>
      ${this.#renderError()}
    </form>`;
  }

  #renderPlayed() {
    const view = this.view;
    const isGoing = view?.state === 'waiting' || view?.state === 'running';
    return html`<section class="sf-panel sf-studio__rehearsal" data-testid="rehearsal" data-state=${view?.state ?? ''} aria-label=${t('rehearsal.title')}>
      <p><span class="sf-badge sf-badge--warning">${t('rehearsal.badge')}</span> <span class="sf-small">${t('rehearsal.nothingReal')}</span></p>
      ${view ? html`<p class="sf-figures">${isGoing ? t('rehearsal.present', { n: view.present, of: view.viewers }) : t('rehearsal.over')}</p>` : nothing}
      ${view
        ? html`<details ?open=${!isGoing}>
            <summary>${t('rehearsal.report')}</summary>
            ${this.#renderReport(view)}
          </details>`
        : nothing}
      ${this.#renderError()}
      <p class="sf-studio__buttons">
        ${isGoing
          ? html`<button class="sf-button" data-testid="rehearsal-stop" aria-busy=${this.isBusy} ?disabled=${this.isBusy} @click=${this.#stop}>
              ${t('rehearsal.stop')}
            </button>`
          : nothing}
        <a class="sf-button sf-button--quiet" href=${`/studio/${this.of}`} data-testid="rehearsal-back">${t('rehearsal.back')}</a>
      </p>
    </section>`;
  }

  #renderReport(view: Rehearsal) {
    return html`<ul class="sf-studio__report" data-testid="rehearsal-report">
      ${view.report.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>`;
  }

  #renderError() {
    return this.error ? html`<p class="sf-error sf-studio__wide" role="alert">${icon('circle-alert')} <span>${this.error}</span></p>` : nothing;
  }
}

define('sf-rehearsal', SfRehearsal);
