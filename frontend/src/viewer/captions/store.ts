/** The captions of one player: the viewer's choice, and the book of the chosen language. */
import { hasMediaSource } from '../../player/engines.ts';
import { currentLanguage } from '../../i18n/index.ts';
import type { ViewerApp } from '../app.ts';
import { deviceStore } from '../../ui/device-store.ts';
import { CaptionBook, type CaptionView } from './book.ts';
import { keepChoice, pickLanguage, readChoice, type CaptionChoice } from './choice.ts';

/** After a list could not be fetched. */
const RETRY_MS = 5_000;

export class CaptionStore {
  readonly #app: ViewerApp;
  readonly #listeners = new Set<() => void>();
  choice: CaptionChoice;
  /** The captions of the language that is shown; null until they are here. */
  book: CaptionBook | null = null;
  hasFailed = false;
  #loading: string | null = null;
  #retryAtMs = 0;
  /** Languages that were offered at the last look. */
  #offered: number;

  constructor(app: ViewerApp) {
    this.#app = app;
    this.choice = readChoice(deviceStore());
    this.#offered = this.languages.length;
    app.subscribe('view', () => this.#follow());
  }

  get languages(): readonly string[] {
    return this.#app.view.captions.languages;
  }

  get language(): string | null {
    return pickLanguage(this.languages, this.choice.language, currentLanguage());
  }

  get isOn(): boolean {
    return this.choice.isOn && this.languages.length > 0;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  choose(change: Partial<CaptionChoice>): void {
    this.choice = { ...this.choice, ...change };
    keepChoice(deviceStore(), this.choice);
    this.#retryAtMs = 0;
    if (this.isOn) this.need();
    this.#tell();
  }

  /** See that the captions of the language are here, and up to date. */
  need(): void {
    const { language } = this;
    if (language === null || this.#loading === language || performance.now() < this.#retryAtMs) return;
    if (this.book?.language === language && !this.book.isOutdated) return;
    this.#loading = language;
    void this.#load(language);
  }

  async #load(language: string): Promise<void> {
    const { api, data, view } = this.#app;
    const seq = view.captions.entries.reduce((latest, entry) => Math.max(latest, entry.seq), 0); // older ones may come later
    try {
      const list = await allPages((after) => api.request<CaptionView[]>(`/shows/${data.slug}/captions?${new URLSearchParams({ language, after })}`));
      this.book = new CaptionBook(language, list, seq);
      this.hasFailed = false;
    } catch {
      this.hasFailed = true;
      this.#retryAtMs = performance.now() + RETRY_MS;
    }
    this.#loading = null;
    this.#follow();
    this.#tell();
  }

  #follow(): void {
    const { view, player, isRecorded } = this.#app;
    this.#lookForTracks();
    // The list of a replay is whole, and has nothing of what a trim cuts off.
    const news = isRecorded ? view.captions.entries.filter(({ kind }) => kind !== 'caption.shown') : view.captions.entries;
    this.book?.apply(news, isRecorded ? null : player.pictureTimeMs);
    if (this.isOn) this.need();
  }

  /** A language has begun in mid-show. The browser's own player would not offer it before it is opened again. */
  #lookForTracks(): void {
    const before = this.#offered;
    this.#offered = this.languages.length;
    if (!hasMediaSource && this.#offered > before) this.#app.player.lookForTracks();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

const stores = new WeakMap<ViewerApp, CaptionStore>();

export function storeOf(app: ViewerApp): CaptionStore {
  const store = stores.get(app) ?? new CaptionStore(app);
  stores.set(app, store);
  return store;
}

const PAGE = 1000;
const PAGES_MAX = 20; // as many captions as a show holds in one language

/** The captions of all pages, one after the other: a long evening is no single large answer. */
async function allPages(page: (after: string) => Promise<readonly CaptionView[]>): Promise<CaptionView[]> {
  const found: CaptionView[] = [];
  for (let n = 0; n < PAGES_MAX; n += 1) {
    const last = found.at(-1);
    const more = await page(last ? `${last.starts_at}/${last.caption_id}` : '');
    found.push(...more);
    if (more.length < PAGE) break;
  }
  return found;
}
