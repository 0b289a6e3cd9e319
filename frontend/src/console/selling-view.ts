/** The sale of the show: one button that pauses it, the reason that everyone is told, and the taps on a product's stock. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import { productPlace } from './places.ts';
import { RESTOCK_UNITS, SELLING, type SoldProduct } from './selling-actions.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t } from './texts.ts';

const WORDS_MAX = 120;

export function togglePause(session: Session): void {
  if (!session.mayProduce) return;
  if (session.state.selling) void session.selling.resume();
  else if (session.state.state === 'live') void session.selling.pause(session.state.title);
}

export function renderSelling(session: Session) {
  const { state } = session;
  if (!state.selling && (state.state !== 'live' || !session.mayProduce)) return nothing;
  const toggle = session.mayProduce
    ? html`<button
        class="sf-button sf-button--small ${state.selling ? 'sf-button--primary' : ''}"
        data-testid="selling-toggle"
        aria-busy=${session.isBusy(SELLING)}
        title="Shift P"
        @click=${() => togglePause(session)}
      >
        ${icon(state.selling ? 'play' : 'pause')} ${t(state.selling ? 'selling.resume' : 'selling.pause')}
      </button>`
    : nothing;
  return html`<div class="sf-selling ${state.selling ? 'sf-selling--paused' : ''}" data-testid="selling" data-paused=${state.selling !== null}>
    ${state.selling ? html`<strong class="sf-selling__state">${t('selling.isPaused')}</strong>` : nothing} ${toggle}
    ${state.selling && session.mayProduce ? renderReason(session, state.selling) : nothing} ${errorLine(session.errorAt(SELLING))}
  </div>`;
}

function renderReason(session: Session, { reason, words }: { readonly reason: string; readonly words: string }) {
  const choice = (name: string, text: string) => html`<button
    type="button"
    class="sf-button sf-button--small"
    data-testid=${`selling-reason-${name}`}
    aria-pressed=${reason === name && !words}
    @click=${() => void session.selling.explain(name, '')}
  >
    ${text}
  </button>`;
  return html`<form class="sf-selling__why" @submit=${(event: SubmitEvent) => explain(event, session)}>
    ${choice('technical', t('selling.technical'))} ${choice('price', t('selling.price'))}
    <input
      class="sf-input" name="words" maxlength=${WORDS_MAX} required data-testid="selling-words"
      aria-label=${t('selling.words')} placeholder=${t('selling.words')} .defaultValue=${words}
    />
    <button class="sf-button sf-button--small" data-testid="selling-say">${t('selling.say')}</button>
  </form>`;
}

function explain(event: SubmitEvent, session: Session): void {
  event.preventDefault();
  const words = String(new FormData(event.target as HTMLFormElement).get('words') ?? '').trim();
  if (words) void session.selling.explain('other', words);
}

/** The taps on the stock of a product of the rundown. */
export function renderStockTaps(session: Session, item: SoldProduct & { readonly available: number }) {
  if (!session.mayProduce || session.state.state !== 'live') return nothing;
  const isBusy = session.isBusy(productPlace([item.product_id]));
  return html`<span class="sf-row sf-item__stock">
    ${item.available > 0
      ? html`<button
          class="sf-button sf-button--small sf-button--quiet"
          data-testid=${`sold-out-${item.product_id}`}
          aria-label=${t('selling.soldOutOf', { name: item.name })}
          aria-busy=${isBusy}
          @click=${() => void session.selling.sellOut(item)}
        >
          ${t('rundown.soldOut')}
        </button>`
      : nothing}
    <button
      class="sf-button sf-button--small sf-button--quiet"
      data-testid=${`restock-${item.product_id}`}
      aria-label=${t('selling.restockOf', { name: item.name, count: RESTOCK_UNITS })}
      title=${t('selling.restockOf', { name: item.name, count: RESTOCK_UNITS })}
      aria-busy=${isBusy}
      @click=${() => void session.selling.restock(item)}
    >
      +${RESTOCK_UNITS}
    </button>
  </span>`;
}
