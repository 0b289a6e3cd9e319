import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { formatTime, formatWhen } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { RowFocus, onRowKey } from './row-keys.ts';
import type { Session } from './session.ts';
import { reviewPlace, type AuthorRecord, type ReviewItem } from './talk.ts';
import { BY_DEFAULT, reasonSelect } from './takedown-reasons.ts';
import { t } from './texts.ts';
import { requestDialog } from './dialog-requests.ts';
import { errorLine, waitingLines } from './shared-templates.ts';

/** The queue of items that wait for a moderator. An opened item is locked for the others meanwhile. */
export class SfConsoleReview extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false } };
  declare session: Session;
  declare version: number;
  readonly #focus = new RowFocus(this);

  protected override willUpdate(): void {
    this.#focus.note();
  }

  protected override updated(): void {
    this.#focus.keep();
  }

  override render() {
    return html`${this.#renderNotices()}${this.#renderItems()}`;
  }

  /** Notices of illegal content are decided in the back office: they are about more than this show, and need reasons. */
  #renderNotices() {
    const { count, due_at: dueAt } = this.session.state.notices;
    if (count === 0) return nothing;
    const words = dueAt ? t('review.noticesUntil', { n: count, until: formatWhen(dueAt) }) : t('review.notices', { n: count });
    return html`<p class="sf-card-row__note" data-testid="notices-waiting">
      ${icon('flag')} <a class="sf-link sf-link--target" href="/admin/community/contentnotice/?state__exact=open">${words}</a>
    </p>`;
  }

  #renderItems() {
    const { review } = this.session.talk.lists;
    const error = this.session.errorAt('list:review');
    if (error) return errorLine(error);
    if (review?.length === 0) return html`<div class="sf-empty">${icon('circle-check')}<p>${t('review.empty')}</p></div>`;
    if (!review) return waitingLines();
    return html`<ol class="sf-talk__list" aria-label=${t('review.listLabel')} @keydown=${(event: KeyboardEvent) => onRowKey(event, (key, row) => this.#act(key, row.dataset['row'] ?? ''))}>
      ${repeat(review, (one) => one.item_id, (one, index) => this.#renderItem(one, index === 0))}
    </ol>`;
  }

  #act(key: string, id: string): boolean {
    const item = this.session.talk.lists.review?.find((one) => one.item_id === id);
    if (!item || (item.taken_by && !item.is_mine)) return false;
    if (key === 'enter') void this.session.talk.review(id, item.is_mine ? 'release' : 'take');
    else if (key === 'a') void this.session.talk.decide(id, 'approve');
    else if (key === 'd') void this.session.talk.decide(id, 'decline');
    else return false;
    return true;
  }

  #renderItem(one: ReviewItem, isFirst: boolean) {
    const id = one.item_id;
    const isLocked = one.taken_by !== null && !one.is_mine;
    const error = this.session.errorAt(reviewPlace(id));
    return html`<li class="sf-card-row ${one.is_mine ? 'sf-card-row--on' : ''}" data-row=${id} data-testid=${`review-${id}`} tabindex=${isFirst ? 0 : -1}>
      <p class="sf-card-row__who">
        <span class="sf-badge sf-badge--warning">${reasonWords(one)}</span>
        ${one.of === 'question' ? html`<span class="sf-badge">${t('review.question')}</span>` : nothing}
        <span class="sf-clip">${one.author.name || t('chat.guest')}</span>
        <time class="sf-figures" datetime=${one.at}>${formatTime(one.at)}</time>
        ${isLocked ? nothing : html`<span class="sf-card-row__more">
          <button
            class="sf-button sf-button--quiet sf-button--small sf-button--icon"
            data-testid=${`measure-${one.item_id}`}
            aria-label=${t('measure.of', { name: one.author.name || t('chat.guest') })}
            title=${t('measure.name')}
            @click=${() => requestDialog(this, { name: 'measure', whom: { viewerId: one.author.id, name: one.author.name, text: one.text } })}
          >
            ${icon('hourglass')}
          </button>
        </span>`}
      </p>
      <p class="sf-card-row__text" dir="auto">${one.text}</p>
      ${one.detail ? html`<p class="sf-card-row__note">${icon('info')} ${one.detail}</p>` : nothing}
      ${this.#renderRecord(one.record)}
      ${isLocked ? html`<p class="sf-card-row__note" data-testid="taken">${icon('lock')} ${t('review.takenBy', { name: one.taken_by ?? '' })}</p>` : this.#renderActs(one)}
      ${errorLine(error)}
    </li>`;
  }

  /** The author's earlier restrictions; nothing for a blank record. */
  #renderRecord(record: AuthorRecord) {
    const { deleted, warnings, time_outs: timeOuts, shadows, bans } = record;
    const parts = [
      deleted ? t('record.deleted', { count: deleted }) : '',
      warnings ? t('record.warnings', { count: warnings }) : '',
      timeOuts ? t('record.timeOuts', { count: timeOuts }) : '',
      shadows ? t('record.shadows', { count: shadows }) : '',
      bans ? t('record.bans', { count: bans }) : '',
    ].filter(Boolean);
    return parts.length ? html`<p class="sf-card-row__note" data-testid="record">${icon('history')} <span>${t('record.before', { what: parts.join(', ') })}</span></p>` : nothing;
  }

  #renderActs(one: ReviewItem) {
    const { talk } = this.session;
    const id = one.item_id;
    const busy = this.session.isBusy(reviewPlace(id));
    return html`<form class="sf-card-row__acts" @submit=${(event: SubmitEvent) => this.#decline(event, id)}>
      <button type="button" class="sf-button sf-button--small sf-button--primary" data-testid=${`approve-${id}`} aria-busy=${busy} @click=${() => void talk.decide(id, 'approve')}>
        ${!one.is_held ? t('review.keep') : t('review.approve')}
      </button>
      <button class="sf-button sf-button--small" data-testid=${`decline-${id}`} aria-busy=${busy}>${!one.is_held ? t('review.delete') : t('review.decline')}</button>
      ${one.is_mine
        ? html`<button type="button" class="sf-button sf-button--quiet sf-button--small" data-testid=${`release-${id}`} @click=${() => void talk.review(id, 'release')}>${t('review.release')}</button>
            <input class="sf-input sf-card-row__field" name="note" maxlength="200" aria-label=${t('review.note')} placeholder=${t('review.note')} @input=${() => talk.keep('review', id)} />
            ${reasonSelect(`why-${id}`)}`
        : html`<button type="button" class="sf-button sf-button--quiet sf-button--small" data-testid=${`take-${id}`} @click=${() => void talk.review(id, 'take')}>${t('review.take')}</button>`}
    </form>`;
  }

  #decline(event: SubmitEvent, id: string): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const [note, why] = [data.get('note'), data.get('why')];
    void this.session.talk.decide(id, 'decline', typeof note === 'string' ? note.trim() : '', typeof why === 'string' ? why : BY_DEFAULT);
  }
}

function reasonWords(one: ReviewItem): string {
  switch (one.reason) {
    case 'word':
      return t('review.reason.word');
    case 'unchecked':
      return t('review.reason.unchecked');
    case 'link':
      return t('review.reason.link');
    case 'first':
      return t('review.reason.first');
    case 'report':
      return t('review.reason.report', { count: one.reports });
    case 'shield':
      return t('review.reason.shield');
    default:
      return t('review.reason.flag');
  }
}

define('sf-console-review', SfConsoleReview);
