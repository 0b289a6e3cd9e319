/** `<sf-account>`: the name of the person who is signed in, their orders and the way out. The page itself is drawn once for everyone. */
import { html, nothing } from 'lit';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';

export class SfAccount extends AppElement {
  static override topics: readonly Topic[] = ['viewer'];

  override render() {
    const { viewer, data } = this.app;
    const { orders, mine, logout, login } = data.urls ?? {};
    const found = mine ? html`<a class="sf-button sf-button--small sf-button--quiet" href=${mine} data-testid="mine">${icon('list-checks')}${t('account.mine')}</a>` : nothing;
    if (!viewer || viewer.role === 'guest') {
      const signIn = login ? html`<a class="sf-button sf-button--small sf-button--quiet" href=${login}>${icon('log-in')}${t('account.sign-in')}</a>` : nothing;
      return html`${found} ${signIn}`;
    }
    return html`
      ${found}
      ${viewer.role === 'member' && orders
        ? html`<a class="sf-button sf-button--small sf-button--quiet" href=${orders} data-testid="my-orders">${icon('package')}${t('account.orders')}</a>`
        : nothing}
      ${viewer.name ? html`<span class="sf-small sf-clip" data-testid="account-name">${viewer.name}</span>` : nothing}
      ${logout ? html`<a class="sf-button sf-button--small sf-button--quiet" href=${logout} data-testid="sign-out">${icon('log-out')}${t('account.sign-out')}</a>` : nothing}
    `;
  }
}
