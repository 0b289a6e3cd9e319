/** The windows about one person: recommending something to them, and erasing them. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import type { Session } from './session.ts';
import type { PersonRef } from './talk.ts';
import { t } from './texts.ts';

const TEXT_MAX = 280;

export function nameOf(whom: PersonRef): string {
  return whom.name || t('chat.guest');
}

/** `memory.typed`: characters of the text, which survive a redraw. */
export function offerFields(session: Session, { text, productId }: PersonRef, memory: { typed: number }, redraw: () => void) {
  const wrong = session.wrongField('offer');
  const forget = (): void => session.forget('offer');
  const onText = (event: InputEvent): void => {
    memory.typed = (event.target as HTMLTextAreaElement).value.length;
    forget();
    redraw();
  };
  return html`${text ? html`<blockquote class="sf-console-dialog__quote" dir="auto">${text}</blockquote>` : nothing}
    <div class="sf-field">
      <label for="sf-offer-product">${t('offer.product')}</label>
      <select id="sf-offer-product" class="sf-input" name="product" data-testid="offer-product" aria-invalid=${wrong === 'product_id'} @change=${forget}>
        <option value="">${t('offer.noProduct')}</option>
        ${session.state.rundown.map((one) => html`<option value=${one.product_id} ?selected=${one.product_id === productId}>${one.name}</option>`)}
      </select>
    </div>
    <div class="sf-field">
      <label for="sf-offer-text">${t('offer.text')}</label>
      <textarea id="sf-offer-text" class="sf-input" name="text" rows="3" maxlength=${TEXT_MAX} required autofocus data-testid="offer-text" aria-invalid=${wrong === 'text'} aria-describedby="sf-offer-left" @input=${onText}></textarea>
      <p class="sf-help sf-row sf-row--spread" id="sf-offer-left"><span>${t('offer.words')}</span> <span class="sf-offer__left sf-figures" data-testid="offer-left">${t('offer.left', { count: TEXT_MAX - memory.typed })}</span></p>
    </div>`;
}

/** The dialog's error with the name of the field. */
export function offerError(session: Session): string | undefined {
  const error = session.errorAt('offer');
  const field = { text: t('offer.text'), product_id: t('offer.product') }[session.wrongField('offer') ?? ''];
  return error && field ? `${field}: ${error}` : error;
}

export function eraseWords(whom: PersonRef) {
  return html`<p>${t('erase.words', { name: nameOf(whom) })}</p>
    <ul class="sf-erase">
      <li>${t('erase.said')}</li>
      <li>${t('erase.name')}</li>
    </ul>
    <p class="sf-soft sf-small">${t('erase.stays')}</p>
    <p class="sf-notice sf-notice--danger">${icon('triangle-alert')} <span>${t('erase.forGood')}</span></p>`;
}
