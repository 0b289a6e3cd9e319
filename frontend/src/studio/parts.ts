/** What stands beside the host's picture, in letters that are read from a few steps away. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { followingItem } from '../console/cues.ts';
import { highlightOf, type PlanItem, type RundownItem } from '../console/model.ts';
import type { Session } from '../console/session.ts';
import { formatMoney } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import type { Check } from './preflight.ts';
import { t } from './texts.ts';

export type Part = 'check' | 'rundown' | 'guests' | 'chat' | 'questions';
export const PARTS: readonly Part[] = ['check', 'rundown', 'guests', 'chat', 'questions'];

const CHAT_SHOWN = 60;
const SIGNS = { good: 'circle-check', fair: 'triangle-alert', bad: 'circle-alert', waiting: 'hourglass' } as const;

/** The product picture that fills the mix. */
export interface ShownPicture {
  readonly url: string | null;
  readonly show: (url: string | null) => void;
}

/** The picture of the product on screen; before there is one, that of the rundown's first. */
export function pictureOfNow({ state }: Session): string | null {
  const products = state.plan.flatMap((item) => state.rundown.filter((one) => one.product_id === item.ref));
  const onScreen = products.find((one) => highlightOf(state, one.product_id) !== undefined);
  return (onScreen ?? products.find((one) => one.image_url !== null))?.image_url ?? null;
}

export function renderPart(part: Exclude<Part, 'check' | 'guests'>, session: Session, picture: ShownPicture) {
  switch (part) {
    case 'rundown':
      return renderRundown(session, picture);
    case 'chat':
      return renderChat(session);
    case 'questions':
      return renderQuestions(session);
  }
}

export function renderChecks(found: readonly Check[], onMeasure: () => void) {
  return html`<h2 class="sf-studio__title">${t('check.title')}</h2>
    <ul class="sf-studio__checks" data-testid="studio-checks">
      ${found.map(
        (one) => html`<li class="sf-studio__check sf-studio__check--${one.level}" data-testid=${`check-${one.name}`} data-level=${one.level}>
          ${icon(SIGNS[one.level])} <span><span class="sf-visually-hidden">${t(`check.${one.level}`)}: </span>${one.words}</span>
        </li>`,
      )}
    </ul>
    <button class="sf-button sf-button--small" @click=${onMeasure}>${icon('refresh-cw')} ${t('check.again')}</button>`;
}

function renderRundown(session: Session, picture: ShownPicture) {
  const { plan } = session.state;
  if (!plan.length) return html`<p class="sf-soft">${t('rundown.empty')}</p>`;
  return html`<ol class="sf-studio__list" data-testid="studio-rundown">
    ${repeat(plan, (item) => item.item_id, (item) => renderPlanItem(session, item, picture))}
  </ol>`;
}

function renderPlanItem(session: Session, item: PlanItem, picture: ShownPicture) {
  const product = session.state.rundown.find((one) => one.product_id === item.ref);
  const isOnAir = item.ref !== null && highlightOf(session.state, item.ref) !== undefined;
  const isOn = isOnAir || session.state.cue?.item_id === item.item_id;
  return html`<li class="sf-studio__item ${isOn ? 'sf-studio__item--on' : ''}" aria-current=${isOn ? 'true' : nothing}>
    ${renderThumb(product?.image_url)}
    <div class="sf-studio__words">
      <strong dir="auto">${product?.name ?? item.title}</strong>
      ${isOnAir ? html`<span class="sf-badge sf-badge--live">${t('rundown.onAir')}</span>` : nothing}
      ${renderTurn(session, item)}
      <span class="sf-figures sf-soft">${product ? stockWords(product) : lengthWords(item)}</span>
      ${product ? renderShow(product, picture) : nothing}
    </div>
  </li>`;
}

function renderThumb(url: string | null | undefined) {
  return url ? html`<img class="sf-studio__thumb" src=${url} alt="" loading="lazy" />` : nothing;
}

/** *Now* at the rundown's current item, *next* at the one after it; and the words for the host. */
function renderTurn({ state: { plan, cue, state } }: Session, item: PlanItem) {
  const words = item.cue ? html`<p class="sf-studio__cue" dir="auto">${item.cue}</p>` : nothing;
  if (state !== 'live' || !cue) return words;
  if (cue.item_id === item.item_id) return html`<span class="sf-badge" data-testid="studio-now">${t('rundown.now')}</span>${words}`;
  return followingItem(plan, cue) === item ? html`<span class="sf-badge" data-testid="studio-next">${t('rundown.next')}</span>${words}` : words;
}

function renderShow({ image_url: url, name }: RundownItem, { url: shown, show }: ShownPicture) {
  if (url === null) return nothing;
  const isShown = shown === url;
  return html`<button
    class="sf-button sf-button--small"
    data-testid="show-picture"
    aria-pressed=${isShown}
    aria-label=${isShown ? t('picture.back') : t('picture.showOf', { name })}
    @click=${() => show(isShown ? null : url)}
  >
    ${icon(isShown ? 'x' : 'image')} ${isShown ? t('picture.back') : t('picture.show')}
  </button>`;
}

function stockWords({ price, currency, available }: RundownItem): string {
  const left = available > 0 ? t('rundown.left', { n: available }) : t('rundown.soldOut');
  return price === null ? left : `${formatMoney(price, currency)} · ${left}`;
}

function lengthWords({ minutes }: PlanItem): string {
  return minutes === null ? '' : t('rundown.minutes', { n: minutes });
}

function renderChat(session: Session) {
  const messages = session.state.chat.slice(-CHAT_SHOWN).reverse(); // the newest stands at the top, beside the camera
  if (!messages.length) return html`<p class="sf-soft">${t('chat.empty')}</p>`;
  return html`<ul class="sf-studio__list" data-testid="studio-chat">
    ${repeat(messages, (one) => one.id, (one) => html`<li class="sf-studio__line" dir="auto"><strong>${one.author.name}</strong> ${one.text}</li>`)}
  </ul>`;
}

function renderQuestions(session: Session) {
  const open = session.questions
    .filter((one) => (one.state === 'open' || one.state === 'picked') && one.mergedInto === null)
    .sort((a, b) => Number(b.answering !== null) - Number(a.answering !== null) || Number(b.state === 'picked') - Number(a.state === 'picked') || b.votes - a.votes);
  if (!open.length) return html`<p class="sf-soft">${t('questions.empty')}</p>`;
  return html`<ul class="sf-studio__list" data-testid="studio-questions">
    ${repeat(
      open,
      (one) => one.id,
      (one) => html`<li class="sf-studio__line">
        <span dir="auto">${one.text}</span>
        <span class="sf-soft sf-small"
          >${one.author.name} · ${t('questions.votes', { count: one.votes })}
          ${one.answering ? html`<span class="sf-badge">${t('questions.now')}</span>` : nothing}</span
        >
      </li>`,
    )}
  </ul>`;
}
