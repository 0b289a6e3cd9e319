import { html, nothing } from 'lit';
import type { BuyingView } from '../api/schema.ts';
import type { Product } from '../api/types.ts';
import { formatOptions } from '../format/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { COMMENT_FORM } from './comment-buying.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { t } from './texts.ts';

const CODE_CHARS_MAX = 20;

/** Comment to buy: a code for each product of the rundown, or for its variants, and the switch of the show. */
export class SfConsoleComments extends PageElement {
  static override properties = { session: { attribute: false }, version: { attribute: false }, opened: { state: true } };
  declare session: Session;
  declare version: number;
  /** The setting and the goods of the show while the form is open. */
  declare opened: { readonly setting: BuyingView; readonly products: readonly Product[] } | null;

  constructor() {
    super();
    this.opened = null;
  }

  override render() {
    if (!this.session.mayProduce) return nothing;
    return html`<div class="sf-talk__head">
        <button class="sf-button sf-button--small" data-testid="comments-open" aria-expanded=${this.opened !== null} @click=${() => void this.#toggle()}>
          ${icon(this.opened ? 'x' : 'message-circle')} ${t('comments.title')}
        </button>
      </div>
      ${this.opened ? this.#renderForm(this.opened.setting, this.opened.products) : errorLine(this.session.errorAt('comment:read'))}`;
  }

  async #toggle(): Promise<void> {
    const { session } = this;
    session.forget(COMMENT_FORM);
    if (this.opened) {
      this.opened = null;
      return;
    }
    await session.actions.run('comment:read', async () => {
      const [setting, products] = await Promise.all([session.comments.read(), session.deals.goods()]);
      this.opened = { setting, products };
    });
  }

  #renderForm(setting: BuyingView, products: readonly Product[]) {
    return html`<form class="sf-stack" data-testid="comments-form" @submit=${(event: SubmitEvent) => void this.#save(event)}>
      <p class="sf-help">${t('comments.hint')}</p>
      <label class="sf-check"><input type="checkbox" name="is_on" data-testid="comments-on" ?checked=${setting.is_on} /> <span>${t('comments.on')}</span></label>
      ${products.map((product) => this.#renderProduct(setting, product))}
      <label class="sf-check"><input type="checkbox" name="hides" ?checked=${!setting.shows_messages} /> <span>${t('comments.hides')}</span></label>
      <div class="sf-field">
        <label for="sf-comments-words">${t('comments.words')}</label>
        <input id="sf-comments-words" class="sf-input" name="words" .defaultValue=${setting.words.join(', ')} />
      </div>
      <div class="sf-field">
        <label for="sf-comments-minutes">${t('comments.minutes')}</label>
        <input id="sf-comments-minutes" class="sf-input" type="number" name="minutes" min="1" max="60" required .defaultValue=${String(Math.round(setting.keeps_s / 60))} />
      </div>
      ${errorLine(this.session.errorAt(COMMENT_FORM))}
      <button class="sf-button sf-button--primary" data-testid="comments-save" aria-busy=${this.session.isBusy(COMMENT_FORM)}>${t('comments.save')}</button>
    </form>`;
  }

  /** One field for the product; where there is a choice, one for each variant, too. */
  #renderProduct(setting: BuyingView, { id, name, variants }: Product) {
    const field = (variantId: string | null, words: string) => {
      const key = fieldName(id, variantId);
      const code = setting.codes.find((one) => one.product_id === id && one.variant_id === variantId)?.code ?? '';
      return html`<div class="sf-field">
        <label for=${`sf-${key}`} dir="auto">${words}</label>
        <input id=${`sf-${key}`} class="sf-input" name=${key} maxlength=${CODE_CHARS_MAX} autocapitalize="characters" autocomplete="off" spellcheck="false" data-testid=${key} .defaultValue=${code} />
      </div>`;
    };
    return html`${field(null, name)} ${variants.length > 1 ? variants.map((one) => field(one.id, [name, formatOptions(one.options)].filter(Boolean).join(', '))) : nothing}`;
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!this.opened) return;
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? '').trim();
    const { setting, products } = this.opened;
    const places = products.flatMap(({ id, variants }) => [null, ...variants.map((one) => one.id)].map((variantId) => ({ product_id: id, variant_id: variantId })));
    const typed = places.map((place) => ({ ...place, code: text(fieldName(place.product_id, place.variant_id)) })).filter(({ code }) => code !== '');
    // More codes than one for the same goods are made by API: they stay.
    const seen = new Set<string>();
    const further = setting.codes.filter(({ product_id: productId, variant_id: variantId }) => {
      const key = fieldName(productId, variantId);
      return seen.size === seen.add(key).size && data.has(key);
    });
    const isSaved = await this.session.comments.save({
      is_on: data.has('is_on'),
      codes: [...typed, ...further.map(({ code, product_id, variant_id }) => ({ code, product_id, variant_id }))],
      words: text('words').split(',').map((word) => word.trim()).filter(Boolean),
      shows_messages: !data.has('hides'),
      keeps_s: Number(data.get('minutes')) * 60,
    });
    if (isSaved) this.opened = null;
  }
}

function fieldName(productId: string, variantId: string | null): string {
  return `code-${productId}${variantId === null ? '' : `-${variantId}`}`;
}

define('sf-console-comments', SfConsoleComments);
