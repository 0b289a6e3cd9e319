import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatClock, formatTime, formatWhen } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { RowFocus, onRowKey } from './row-keys.ts';
import { matches } from './rundown.ts';
import type { Session } from './session.ts';
import { restrictionPlace, type Restriction } from './talk.ts';
import { t } from './texts.ts';
import { requestDialog } from './dialog-requests.ts';
import { errorLine, waitingLines } from './shared-templates.ts';

/** Most rows drawn at once; the filter by name finds the others. */
const FEW = 8;
/** Longer than this is said as a date, not counted down. */
const DAY_S = 24 * 3600;

/** The restrictions at the brand, each with the time that is left and a button that ends it. */
export class SfConsolePeople extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false }, query: { state: true } };
  declare session: Session;
  declare version: number;
  declare query: string;
  readonly #focus = new RowFocus(this);

  constructor() {
    super();
    this.query = '';
  }

  protected override willUpdate(): void {
    this.#focus.note();
  }

  protected override updated(): void {
    this.#focus.keep();
  }

  /** Time-outs end by themselves, which nobody says. */
  get #restrictions(): readonly Restriction[] | undefined {
    const nowMs = this.session.serverNowMs();
    return this.session.talk.lists.people?.filter((one) => one.until === null || Date.parse(one.until) > nowMs);
  }

  override render() {
    const error = this.session.errorAt('list:people');
    if (error) return errorLine(error);
    const all = this.#restrictions;
    if (!all) return waitingLines();
    if (all.length === 0) return html`<div class="sf-empty" data-testid="people-empty">${icon('circle-check')}<p>${t('people.empty')}</p></div>`;
    const shown = all.filter((one) => matches(nameOf(one), this.query));
    return html`
      ${all.length > FEW || this.query ? this.#renderFilter() : nothing}
      ${shown.length ? this.#renderList(shown) : html`<p class="sf-soft" role="status">${t('people.noMatch', { query: this.query })}</p>`}
    `;
  }

  #renderFilter() {
    return html`<input
      class="sf-input"
      type="search"
      autocomplete="off"
      data-testid="people-filter"
      aria-label=${t('people.filter')}
      placeholder=${t('people.filter')}
      @input=${(event: InputEvent) => (this.query = (event.target as HTMLInputElement).value)}
    />`;
  }

  #renderList(shown: readonly Restriction[]) {
    return html`<ol class="sf-people" aria-label=${t('people.listLabel')} @keydown=${(event: KeyboardEvent) => onRowKey(event, (key, row) => this.#act(key, row.dataset['row'] ?? ''))}>
      ${repeat(shown, (one) => one.id, (one, index) => this.#renderOne(one, index === 0))}
    </ol>`;
  }

  #act(key: string, id: string): boolean {
    const one = this.session.talk.lists.people?.find((it) => it.id === id);
    if (!one || key !== 'l') return false;
    void this.session.talk.lift(one);
    return true;
  }

  #renderOne(one: Restriction, isFirst: boolean) {
    const name = nameOf(one);
    const kind = kindWords(one.kind);
    const error = this.session.errorAt(restrictionPlace(one.id));
    return html`<li class="sf-card-row" data-row=${one.id} data-testid=${`person-${one.id}`} data-kind=${one.kind} tabindex=${isFirst ? 0 : -1}>
      <p class="sf-card-row__who">
        <strong class="sf-card-row__name sf-clip" dir="auto">${name}</strong>
        <span class="sf-badge ${one.kind === 'ban' ? 'sf-badge--warning' : ''}">${kind}</span>
        <span class="sf-card-row__end sf-figures" data-testid="ends">${ticking(() => this.#endWords(one))}</span>
      </p>
      ${one.reason ? html`<p class="sf-card-row__text" dir="auto">${one.reason}</p>` : nothing}
      <p class="sf-card-row__note"><span>${one.by === null ? this.#whenWords(one.at) : t('people.by', { name: one.by, when: this.#whenWords(one.at) })}</span></p>
      <div class="sf-card-row__acts">
        <button
          class="sf-button sf-button--small"
          data-testid=${`lift-${one.id}`}
          aria-label=${t('people.liftOf', { kind, name })}
          aria-busy=${this.session.isBusy(restrictionPlace(one.id))}
          @click=${() => void this.session.talk.lift(one)}
        >
          ${icon('undo-2')} ${t('people.lift')}
        </button>
        ${this.session.mayErase
          ? html`<button
              class="sf-button sf-button--small sf-button--quiet"
              data-testid=${`erase-${one.id}`}
              aria-label=${t('erase.of', { name })}
              @click=${() => requestDialog(this, { name: 'erase', whom: { viewerId: one.viewer_id, name: one.name, text: '' } })}
            >
              ${t('erase.open')}
            </button>`
          : nothing}
      </div>
      ${errorLine(error)}
    </li>`;
  }

  #endWords({ kind, until }: Restriction): string {
    if (until === null) return kind === 'warning' ? t('people.untilRead') : t('people.untilLifted');
    const leftS = (Date.parse(until) - this.session.serverNowMs()) / 1000;
    return leftS < DAY_S ? t('people.left', { time: formatClock(leftS) }) : t('people.until', { when: formatWhen(until) });
  }

  #whenWords(iso: string): string {
    return this.session.serverNowMs() - Date.parse(iso) < DAY_S * 1000 ? formatTime(iso) : formatWhen(iso);
  }
}

function nameOf(one: Restriction): string {
  return one.name || t('chat.guest');
}

function kindWords(kind: Restriction['kind']): string {
  switch (kind) {
    case 'warning':
      return t('people.kind.warning');
    case 'time_out':
      return t('people.kind.timeOut');
    case 'shadow':
      return t('people.kind.shadow');
    case 'ban':
      return t('people.kind.ban');
  }
}

define('sf-console-people', SfConsolePeople);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-people': SfConsolePeople;
  }
}
