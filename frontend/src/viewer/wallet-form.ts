/** How the buyer pays: with a method that they keep, or with another one. */
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { SavedMethod } from '../api/types.ts';
import { say } from './checkout-texts/index.ts';
import { icon } from '../ui/icon.ts';
import type { ViewerApp } from './app.ts';
import type { Wallet } from './wallet.ts';

/** "Visa •••• 4242". */
export function methodName({ brand, last4 }: SavedMethod): string {
  return last4 ? `${brand} •••• ${last4}` : brand;
}

/** The method that is paid with: one line, until the buyer wants another. */
export function paidWith(wallet: Wallet, chosen: SavedMethod): TemplateResult {
  return html`<div class="sf-checkout__to" data-testid="paid-with">
    <p class="sf-row">${icon('lock')}<span class="sf-figures">${methodName(chosen)}</span></p>
    <button type="button" class="sf-link sf-link--target" data-testid="change-method" @click=${() => wallet.open()}>
      ${say('checkout.change')}<span class="sf-visually-hidden"> ${say('checkout.payment')}</span>
    </button>
  </div>`;
}

/** `onChange`: the attempt to come is another one. */
export function methodChoice(app: ViewerApp, wallet: Wallet, onChange: () => void): TemplateResult | typeof nothing {
  if (wallet.methods.length === 0) return nothing;
  const choose = (id: string | null) => {
    wallet.choose(id);
    onChange();
  };
  const choice = (id: string | null, words: TemplateResult, isGone: boolean) =>
    html`<label class="sf-choice sf-choice--wide ${isGone ? 'sf-choice--gone' : ''}">
      <input
        type="radio"
        name=${app.id('method')}
        value=${id ?? ''}
        data-testid="method"
        ?disabled=${isGone}
        .checked=${live(id === (wallet.chosen?.id ?? null))}
        @change=${() => choose(id)}
      />
      <span>${words}</span>
    </label>`;
  return html`<div class="sf-choices">
    ${wallet.methods.map((one) =>
      choice(
        one.id,
        html`<span class="sf-figures">${methodName(one)}</span
          ><span class="sf-soft sf-small">${one.is_expired ? say('checkout.method-expired') : one.expires ? say('checkout.method-until', { date: one.expires }) : nothing}</span>`,
        one.is_expired,
      ),
    )}
    ${choice(null, html`<span>${say('checkout.another-method')}</span>`, false)}
  </div>`;
}

/** The agreement to keep what is entered now: never ticked for the buyer. */
export function keepMethod(app: ViewerApp, wallet: Wallet): TemplateResult | typeof nothing {
  if (!wallet.isForMember) return nothing;
  return html`<label class="sf-check">
    <input
      type="checkbox"
      data-testid="keep-method"
      .checked=${live(wallet.isToBeKept)}
      @change=${(event: Event) => (wallet.isToBeKept = (event.target as HTMLInputElement).checked)}
    />
    <span>${say('checkout.keep-method')}<br /><span class="sf-soft sf-small">${say('checkout.keep-method-text', { brand: app.data.brand.name })}</span></span>
  </label>`;
}
