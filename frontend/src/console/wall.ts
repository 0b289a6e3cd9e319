/** The wall of shows: a tile for each running show of a brand, with its latest picture, its state and what is wrong. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { Api } from '../api/client.ts';
import type { WallTile } from '../api/schema.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { LatestPicture } from './latest-picture.ts';
import { t, type ConsoleText } from './texts.ts';

const POLL_MS = 3000;
const PICTURE_MS = 4000;

const SIGNALS: Readonly<Record<string, readonly [sign: string, words: ConsoleText]>> = {
  none: ['wifi-off', 'wall.none'],
  good: ['circle-check', 'health.good'],
  fair: ['triangle-alert', 'health.fair'],
  bad: ['circle-alert', 'health.bad'],
};

export class SfShowWall extends PageElement {
  static override properties = {
    brand: { type: String },
    tiles: { state: true },
    error: { state: true },
  };
  declare brand: string;
  declare tiles: readonly WallTile[];
  declare error: string;
  readonly #staff = new Api();
  readonly #pictures = new Map<string, LatestPicture>();
  #timers: ReturnType<typeof setTimeout>[] = [];
  #turn = 0;

  constructor() {
    super();
    this.brand = '';
    this.tiles = [];
    this.error = '';
  }

  override connectedCallback(): void {
    const data = this.querySelector('script[type="application/json"]')?.textContent ?? '[]';
    this.tiles = JSON.parse(data) as readonly WallTile[];
    super.connectedCallback();
    this.#again(0, POLL_MS, () => this.#poll());
    this.#again(1, 0, () => this.#drawPictures());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #again(place: number, pauseMs: number, act: () => Promise<void>): void {
    this.#timers[place] = setTimeout(() => {
      void act().finally(() => {
        if (this.isConnected) this.#again(place, place === 0 ? POLL_MS : PICTURE_MS, act);
      });
    }, pauseMs);
  }

  async #poll(): Promise<void> {
    if (document.hidden) return;
    try {
      this.tiles = await this.#staff.request<readonly WallTile[]>(`/brands/${encodeURIComponent(this.brand)}/wall`);
      this.error = '';
    } catch {
      this.error = t('wall.failed');
    }
  }

  /** One after the other, so that many shows do not fetch at once. */
  async #drawPictures(): Promise<void> {
    await this.updateComplete;
    const turn = ++this.#turn;
    for (const tile of this.tiles) {
      if (document.hidden || !this.isConnected || turn !== this.#turn) return;
      const canvas = this.querySelector<HTMLCanvasElement>(`canvas[data-slug="${CSS.escape(tile.slug)}"]`);
      if (tile.signal === 'none' || !canvas) continue;
      try {
        await this.#picture(tile.slug).draw(canvas);
        canvas.dataset.state = 'fresh';
      } catch {
        canvas.dataset.state = canvas.dataset.state === 'fresh' ? 'old' : (canvas.dataset.state ?? 'none');
      }
    }
  }

  #picture(slug: string): LatestPicture {
    const known = this.#pictures.get(slug);
    if (known) return known;
    const writer = new Api({ auth: null, tokenFor: { show: slug } });
    const made = new LatestPicture(`/hls/${encodeURIComponent(slug)}/preview/index.m3u8`, () => writer.freshToken());
    this.#pictures.set(slug, made);
    return made;
  }

  override render() {
    return html`${this.error ? html`<p class="sf-notice sf-notice--danger" role="alert">${icon('wifi-off')} <span>${this.error}</span></p>` : nothing}
      ${this.tiles.length ? html`<ul class="sf-wall">${repeat(this.tiles, ({ slug }) => slug, (one) => this.#renderTile(one))}</ul>` : this.#renderEmpty()}`;
  }

  #renderEmpty() {
    return html`<div class="sf-empty sf-panel" data-testid="wall-empty">
      ${icon('radio')}
      <h2>${t('wall.empty')}</h2>
      <p>${t('wall.emptyLead')}</p>
      <a class="sf-button" href=${`/console/?brand=${encodeURIComponent(this.brand)}`}>${t('summary.allShows')}</a>
    </div>`;
  }

  #renderTile(tile: WallTile) {
    const [sign, words] = SIGNALS[tile.signal] ?? ['circle-alert', 'health.bad'];
    return html`<li class="sf-wall__tile" data-testid=${`wall-${tile.slug}`} data-signal=${tile.signal}>
      <a class="sf-wall__link" href=${`/console/shows/${encodeURIComponent(tile.slug)}`}>
        <span class="sf-wall__picture">
          <canvas data-slug=${tile.slug} aria-hidden="true"></canvas>
          ${tile.signal === 'none'
            ? html`<span class="sf-wall__none">${icon('wifi-off')} ${t('wall.none')}</span>`
            : html`<span class="sf-wall__none sf-wall__coming" aria-hidden="true">${t('preview.loading')}</span>`}
        </span>
        <span class="sf-wall__words">
          <strong class="sf-wall__title">${tile.title}</strong>
          <span class="sf-row sf-row--wrap sf-small">
            ${tile.state === 'live'
              ? html`<span class="sf-badge sf-badge--live">${icon('radio')}${t('wall.live')}</span>`
              : html`<span class="sf-badge">${t('wall.preview')}</span>`}
            <span class="sf-figures">${t('wall.viewers', { count: tile.viewers })}</span>
          </span>
          <span class="sf-wall__signal sf-small">${icon(sign)} <span class="sf-figures">${[t(words), ...factsOf(tile)].join(' · ')}</span></span>
          ${tile.warnings.map((one) => html`<span class="sf-wall__warning sf-small">${one.words}</span>`)}
        </span>
      </a>
    </li>`;
  }
}

/** "2.5 Mbit/s", "silent for 12 s", "0.4 s behind". */
export function factsOf(tile: WallTile): readonly string[] {
  if (tile.signal === 'none') return [];
  return [
    t('health.mbit', { n: Math.round(tile.kbps / 100) / 10 }),
    t('wall.behind', { n: tile.behind_s }),
    tile.silent_s === null ? t('wall.noSound') : tile.silent_s > 0 ? t('wall.silent', { n: Math.round(tile.silent_s) }) : t('wall.sound'),
  ];
}

define('sf-show-wall', SfShowWall);

declare global {
  interface HTMLElementTagNameMap {
    'sf-show-wall': SfShowWall;
  }
}
