import { Api } from '../api/client.ts';
import { formatWhen } from '../format/index.ts';
import { define } from '../ui/element.ts';
import { momentOf, slugOf } from './form-logic.ts';
import { Picker } from './picker.ts';
import { ProductSearch, askServer, categoriesOf, type FoundProduct } from './product-search.ts';
import { t } from './texts.ts';

const PREVIEW_WIDTH = 640;

interface FormData {
  readonly slug: string | null;
  readonly brand: string;
  /** The query of the page's list, and the products found. */
  readonly query: string;
  readonly found: readonly FoundProduct[];
  readonly has_more: boolean;
  /** The zone in which the time is typed: the brand's. */
  readonly zone: string;
}

/**
 * Makes the server's form of a show nicer to fill in: a picker for the products, the address that a title will get,
 * the time in one's own zone, the cover before it is sent, a warning before leaving unsaved. Everything it does ends in
 * the form's own fields; without it the form works as it stands.
 */
export class SfShowForm extends HTMLElement {
  #isDirty = false;
  #search: ProductSearch | null = null;

  connectedCallback(): void {
    const form = this.querySelector('form');
    const data = document.getElementById('show-form-data')?.textContent;
    if (!form || !data) return;
    const brought = JSON.parse(data) as FormData;
    const { slug, zone } = brought;
    this.#enhanceProducts(brought);
    if (slug === null) this.#previewSlug();
    this.#hintTime(zone);
    this.#previewCover();
    form.addEventListener('input', () => (this.#isDirty = true));
    form.addEventListener('submit', () => (this.#isDirty = false));
    addEventListener('beforeunload', this.#onLeave);
  }

  disconnectedCallback(): void {
    removeEventListener('beforeunload', this.#onLeave);
    this.#search?.stop();
  }

  readonly #onLeave = (event: BeforeUnloadEvent): void => {
    if (this.#isDirty) event.preventDefault();
  };

  #enhanceProducts({ brand, query, found, has_more }: FormData): void {
    const root = this.querySelector<HTMLElement>('[data-products]');
    const list = root?.querySelector<HTMLElement>('.sf-picker');
    if (!root || !list) return;
    const api = new Api();
    const search = new ProductSearch(askServer(api, brand), () => picker.update());
    search.begin(query, { products: found, hasMore: has_more });
    const picker = new Picker(root, list, search, () => (this.#isDirty = true));
    this.#search = search;
    void categoriesOf(api, brand).then((found) => picker.offer(found));
  }

  /** A line below a field that is read out when it changes. */
  #hintBelow(field: HTMLElement, testId: string): HTMLElement {
    const hint = document.createElement('p');
    hint.className = 'sf-help';
    hint.dataset.testid = testId;
    hint.setAttribute('aria-live', 'polite');
    field.closest('.sf-field')?.append(hint);
    return hint;
  }

  #previewSlug(): void {
    const title = this.querySelector<HTMLInputElement>('[name=title]');
    if (!title) return;
    const hint = this.#hintBelow(title, 'slug-preview');
    const say = (): void => {
      const slug = slugOf(title.value);
      hint.textContent = slug ? t('form.address', { address: `${location.host}/shows/${slug}` }) : '';
    };
    title.addEventListener('input', say);
    say();
  }

  #hintTime(zone: string): void {
    const field = this.querySelector<HTMLInputElement>('[name=starts_at]');
    if (!field || field.disabled) return;
    const hint = this.#hintBelow(field, 'time-hint');
    const say = (): void => {
      const moment = momentOf(field.value, zone);
      if (!moment) hint.textContent = '';
      else if (moment.getTime() < Date.now()) hint.textContent = t('form.past');
      else hint.textContent = t('form.yourTime', { when: formatWhen(moment.toISOString()) });
    };
    field.addEventListener('input', say);
    say();
  }

  /** Drawn on a canvas: the content security policy lets no picture come from a `blob:` address. */
  #previewCover(): void {
    const field = this.querySelector<HTMLInputElement>('[name=cover]');
    if (!field) return;
    const canvas = document.createElement('canvas');
    canvas.className = 'sf-cover sf-cover--small';
    canvas.dataset.testid = 'cover-preview';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', t('form.cover'));
    canvas.hidden = true;
    field.closest('.sf-field')?.before(canvas);
    field.addEventListener('change', () => {
      const file = field.files?.[0];
      canvas.hidden = true;
      if (!file) return;
      createImageBitmap(file, { resizeWidth: PREVIEW_WIDTH, resizeQuality: 'medium' }).then(
        (picture) => {
          canvas.width = picture.width;
          canvas.height = picture.height;
          canvas.getContext('2d')?.drawImage(picture, 0, 0);
          canvas.hidden = false;
        },
        () => undefined, // not a picture: the server says so, with what to do
      );
    });
  }
}

define('sf-show-form', SfShowForm);

declare global {
  interface HTMLElementTagNameMap {
    'sf-show-form': SfShowForm;
  }
}
