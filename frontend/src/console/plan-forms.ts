/** What is put into the plan beside products: the forms of segments, and the choice of the show's polls. */
import { html, nothing } from 'lit';
import type { PageElement } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { requestDialog } from './dialog-requests.ts';
import { text } from './dialogs.ts';
import type { PlanItem } from './model.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

/** The ways to put something at the end of the plan; `host` draws them. */
export function renderAddItems(host: PageElement, session: Session) {
  return html`<details name="plan-add" class="sf-rundown__segment">
      <summary>${t('rundown.addSegment')}</summary>
      ${renderSegmentForm(session, null)}
    </details>
    ${renderAddPoll(host, session)}`;
}

/** The fields of a segment: of a new one, or of one that is there; `onClose` is told when that one is done. */
export function renderSegmentForm(session: Session, item: PlanItem | null, onClose: () => void = () => undefined) {
  const save = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const minutes = text(data, 'minutes');
    const given = { title: text(data, 'title'), minutes: minutes === '' ? null : Number(minutes), cue: text(data, 'cue') };
    const saved = item ? session.changeSegment(item.item_id, given) : session.addSegment(given);
    void saved.then((isDone) => {
      if (!isDone) return;
      if (item) onClose();
      else form.reset();
    });
  };
  return html`<form class="sf-stack sf-segment__form" data-testid=${item ? `segment-edit-${item.item_id}` : 'segment-form'} @submit=${save}>
    <label class="sf-field"><span class="sf-field__label">${t('rundown.segmentTitle')}</span>
      <input class="sf-input" name="title" maxlength="120" required autocomplete="off" value=${item?.title ?? ''} /></label>
    <label class="sf-field"><span class="sf-field__label">${t('rundown.minutes')}</span>
      <input class="sf-input" name="minutes" type="number" min="0" max="600" inputmode="numeric" value=${item?.minutes ?? ''} /></label>
    <label class="sf-field"><span class="sf-field__label">${t('rundown.cue')}</span>
      <textarea class="sf-input" name="cue" maxlength="1000" rows="3" .defaultValue=${item?.cue ?? ''}></textarea></label>
    <span class="sf-row">
      <button class="sf-button sf-button--small" aria-busy=${session.isBusy('rundown')}>
        ${icon(item ? 'check' : 'plus')} ${t(item ? 'rundown.saveSegment' : 'rundown.addSegment')}
      </button>
      ${item ? html`<button type="button" class="sf-button sf-button--small sf-button--quiet" @click=${onClose}>${t('dialog.cancel')}</button>` : nothing}
    </span>
  </form>`;
}

/** The polls of the show that are not planned yet. */
function renderAddPoll(host: PageElement, session: Session) {
  const planned = new Set(session.state.plan.filter(({ kind }) => kind === 'poll').map(({ ref }) => ref));
  const polls = (session.talk.lists.polls ?? []).filter((one) => !planned.has(one.poll_id));
  // The list of polls has news of its own: it is read when somebody opens this.
  return html`<details name="plan-add" class="sf-rundown__segment" @toggle=${() => host.requestUpdate()}>
    <summary>${t('rundown.addPoll')}</summary>
    <div class="sf-stack" data-testid="poll-choices">
      ${polls.map(
        (one) => html`<button class="sf-button sf-button--small sf-rundown__poll" @click=${() => void session.addPoll(one.poll_id)}>
          ${icon('plus')} <span>${one.question}</span>
        </button>`,
      )}
      ${polls.length ? nothing : html`<p class="sf-soft sf-small">${t('rundown.noPolls')}</p>`}
      <p><button class="sf-button sf-button--small sf-button--quiet" @click=${() => requestDialog(host, { name: 'poll', poll: null })}>${t('rundown.newPoll')}</button></p>
    </div>
  </details>`;
}
