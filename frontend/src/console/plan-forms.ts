/** What is put into the plan beside products: the forms of segments, and the choice of the show's polls. */
import { html, nothing } from 'lit';
import { whenText } from '../format/when.ts';
import { currentLanguage } from '../i18n/index.ts';
import type { PageElement } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { requestDialog } from './dialog-requests.ts';
import { text } from './dialogs.ts';
import type { PlanItem } from './model.ts';
import type { PlannedKind, Timing } from './plan-actions.ts';
import type { Session } from './session.ts';
import { t, type ConsoleText } from './texts.ts';

const NO_TIMING: Timing = { minutes: null, cue: '', by_itself: false };

/** The ways to put something at the end of the plan; `host` draws them. */
export function renderAddItems(host: PageElement, session: Session) {
  return html`<details name="plan-add" class="sf-rundown__segment">
      <summary>${t('rundown.addSegment')}</summary>
      ${renderForm(session, null)}
    </details>
    ${ROW_KINDS.map((kind) => renderAddRow(host, session, kind))}`;
}

/** What the plan says of an item's turn: the clock time, the minutes, the words for the people of the show. */
export function renderTurn(session: Session, item: PlanItem, plannedMs: number | undefined, onEdit?: () => void) {
  const isNow = session.state.cue?.item_id === item.item_id;
  const words = [
    plannedMs === undefined ? '' : t('cues.planned', { time: whenText(new Date(plannedMs), currentLanguage(), 'clock') }),
    item.minutes === null ? '' : t('rundown.planned', { count: item.minutes }),
    item.by_itself ? t('cues.itself') : '',
  ].filter(Boolean);
  return html`<p class="sf-item__facts sf-soft sf-figures">
      ${isNow ? html`<span class="sf-badge" data-testid="turn-now">${t('cues.now')}</span>` : nothing} ${words.join(' · ')}
      ${onEdit ? html`<button class="sf-button sf-button--small sf-button--quiet" data-testid=${`turn-${item.item_id}`} @click=${onEdit}>${t(words.length ? 'cues.change' : 'cues.plan')}</button>` : nothing}
    </p>
    ${item.cue ? html`<p class="sf-segment__cue" dir="auto">${item.cue}</p>` : nothing}`;
}

/** The fields of an item that is there; `onClose` is told when they are done. */
export function renderItemForm(session: Session, item: PlanItem, onClose: () => void) {
  return renderForm(session, item, onClose);
}

function renderForm(session: Session, item: PlanItem | null, onClose: () => void = () => undefined) {
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void saved(session, item, new FormData(form)).then((isDone) => {
      if (!isDone) return;
      if (item) onClose();
      else form.reset();
    });
  };
  return html`<form class="sf-stack sf-segment__form" data-testid=${item ? `segment-edit-${item.item_id}` : 'segment-form'} @submit=${save}>
    ${hasTitle(item) ? renderTitle(item?.title ?? '') : nothing} ${renderTiming(item ?? NO_TIMING)}
    <span class="sf-row">
      <button class="sf-button sf-button--small" aria-busy=${session.isBusy('rundown')}>
        ${icon(item ? 'check' : 'plus')} ${t(item ? 'cues.save' : 'rundown.addSegment')}
      </button>
      ${item ? html`<button type="button" class="sf-button sf-button--small sf-button--quiet" @click=${onClose}>${t('dialog.cancel')}</button>` : nothing}
    </span>
  </form>`;
}

/** Only a segment has a title of its own. */
function hasTitle(item: PlanItem | null): boolean {
  return item === null || item.kind === 'segment';
}

function saved(session: Session, item: PlanItem | null, data: FormData): Promise<boolean> {
  const minutes = text(data, 'minutes');
  const timing = { minutes: minutes === '' ? null : Number(minutes), cue: text(data, 'cue'), by_itself: data.has('by_itself') };
  if (!item) return session.plan.addSegment({ title: text(data, 'title'), ...timing });
  return session.plan.changeItem(item.item_id, hasTitle(item) ? { title: text(data, 'title'), ...timing } : timing);
}

function renderTitle(title: string) {
  return html`<label class="sf-field"><span class="sf-field__label">${t('rundown.segmentTitle')}</span>
    <input class="sf-input" name="title" maxlength="120" required autocomplete="off" value=${title} /></label>`;
}

function renderTiming({ minutes, cue, by_itself: byItself }: Timing) {
  return html`<label class="sf-field"><span class="sf-field__label">${t('rundown.minutes')}</span>
      <input class="sf-input" name="minutes" type="number" min="0" max="600" inputmode="numeric" value=${minutes ?? ''} /></label>
    <label class="sf-field"><span class="sf-field__label">${t('rundown.cue')}</span>
      <textarea class="sf-input" name="cue" maxlength="1000" rows="3" .defaultValue=${cue}></textarea></label>
    <label class="sf-check"><input type="checkbox" name="by_itself" ?checked=${byItself} /> <span>${t('cues.itselfHint')}</span></label>`;
}

/** What is prepared in a place of its own, and planned here. `none`: the words while there is nothing to plan; without them it is not drawn then. */
interface RowKind {
  readonly kind: PlannedKind;
  readonly add: ConsoleText;
  readonly none?: ConsoleText;
  readonly rows: (session: Session) => readonly { readonly id: string; readonly title: string }[];
}

const ROW_KINDS: readonly RowKind[] = [
  { kind: 'poll', add: 'rundown.addPoll', none: 'rundown.noPolls', rows: ({ talk }) => (talk.lists.polls ?? []).map(({ poll_id: id, question: title }) => ({ id, title })) },
  { kind: 'giveaway', add: 'rundown.addGiveaway', rows: ({ talk }) => (talk.points.giveaways ?? []).map(({ giveaway_id: id, title }) => ({ id, title })) },
  { kind: 'activation', add: 'rundown.addActivation', rows: ({ talk }) => (talk.points.activations ?? []).map(({ activation_id: id, title }) => ({ id, title })) },
  { kind: 'deal', add: 'rundown.addDeal', rows: ({ talk }) => (talk.lists.deals ?? []).filter(isDraft).map(({ deal_id: id, title }) => ({ id, title })) },
  { kind: 'auction', add: 'rundown.addAuction', none: 'rundown.noAuctions', rows: ({ auctions }) => (auctions.list ?? []).filter(isDraft).map(({ auction_id: id, title }) => ({ id, title })) },
];

function isDraft({ state }: { readonly state: string }): boolean {
  return state === 'draft';
}

/** The rows of a kind that are not planned yet. */
function renderAddRow(host: PageElement, session: Session, { kind, add, none, rows }: RowKind) {
  const planned = new Set(session.state.plan.filter((item) => item.kind === kind).map(({ ref }) => ref));
  const left = rows(session).filter(({ id }) => !planned.has(id));
  if (left.length === 0 && !none) return nothing;
  // The lists have news of their own: they are read when somebody opens this.
  return html`<details name="plan-add" class="sf-rundown__segment" @toggle=${() => host.requestUpdate()}>
    <summary>${t(add)}</summary>
    <div class="sf-stack" data-testid=${`${kind}-choices`}>
      ${left.map(
        ({ id, title }) => html`<button class="sf-button sf-button--small sf-rundown__poll" @click=${() => void session.plan.addRow(kind, id)}>
          ${icon('plus')} <span>${title}</span>
        </button>`,
      )}
      ${left.length === 0 && none ? html`<p class="sf-soft sf-small">${t(none)}</p>` : nothing}
      ${kind === 'poll'
        ? html`<p><button class="sf-button sf-button--small sf-button--quiet" @click=${() => requestDialog(host, { name: 'poll', poll: null })}>${t('rundown.newPoll')}</button></p>`
        : nothing}
    </div>
  </details>`;
}
