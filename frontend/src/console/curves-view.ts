/** The card of curves: each source's health of the last ten minutes, as small drawings with their words. */
import { html, nothing, svg } from 'lit';
import type { Api } from '../api/client.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import {
  LEVEL,
  MEASURES,
  clippedS,
  findingsOf,
  joined,
  latestS,
  pathOf,
  seriesOf,
  windowOf,
  wordsOf,
  type HealthCurves,
  type Measure,
  type Point,
  type SourceCurve,
} from './curves.ts';
import type { SfSoundMeter } from './sound-meter.ts';
import { t } from './texts.ts';

const POLL_MS = 2000;
const LEVEL_MS = 1000;
const BOX = { width: 240, height: 48 };

/** Asks the server only while it is open. */
export class SfHealthCurves extends PageElement {
  static override properties = {
    path: { type: String },
    api: { attribute: false },
    isOpen: { state: true },
    curves: { state: true },
    error: { state: true },
  };
  declare path: string;
  declare api: Api | null;
  declare isOpen: boolean;
  declare curves: HealthCurves | null;
  declare error: string;
  #level: Point[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #levelTimer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.path = '';
    this.api = null;
    this.isOpen = false;
    this.curves = null;
    this.error = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#levelTimer = setInterval(() => this.#measureLevel(), LEVEL_MS);
    if (this.isOpen) void this.#poll();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#levelTimer);
    clearTimeout(this.#timer);
  }

  #toggle(open: boolean): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    clearTimeout(this.#timer);
    if (open) void this.#poll();
  }

  async #poll(): Promise<void> {
    try {
      const answer = await this.api?.request<HealthCurves>(`${this.path}/health?after=${String(latestS(this.curves))}`);
      if (answer) this.curves = joined(this.curves, answer);
      this.error = '';
    } catch {
      this.error = t('curves.failed');
    }
    if (this.isOpen && this.isConnected) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  #measureLevel(): void {
    const meter = document.querySelector<SfSoundMeter>('sf-sound-meter');
    if (!meter?.isMeasuring || !Number.isFinite(meter.loudestDb)) return;
    const nowS = Math.floor(Date.now() / 1000);
    this.#level = [...this.#level, [nowS, meter.loudestDb] as const].filter(([atS]) => atS > nowS - 600);
    meter.loudestDb = Number.NEGATIVE_INFINITY;
  }

  override render() {
    return html`<details
      class="sf-panel sf-stream__panel sf-curves"
      data-testid="curves"
      @toggle=${(event: Event) => this.#toggle((event.currentTarget as HTMLDetailsElement).open)}
    >
      <summary>${icon('signal')} ${t('curves.title')}</summary>
      ${this.error ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${this.error}</span></p>` : nothing}
      ${this.isOpen ? this.#renderSources() : nothing}
    </details>`;
  }

  #renderSources() {
    const { curves } = this;
    if (!curves) return html`<div class="sf-skeleton sf-curves__skeleton" aria-hidden="true"></div>`;
    const sources = [...curves.sources].sort((a) => (a.role === 'primary' ? -1 : 1));
    return html`${sources.length ? nothing : html`<p class="sf-soft">${t('curves.empty')}</p>`}
      ${sources.map((one) => this.#renderSource(curves, one))}
      ${this.#level.length ? this.#renderLevel() : nothing}
      ${sources.length
        ? html`<a class="sf-link sf-small" href=${`/api/v1${this.path}/health.csv`} download data-testid="curves-csv">${t('curves.csv')}</a>`
        : nothing}`;
  }

  #renderSource(curves: HealthCurves, source: SourceCurve) {
    const findings = findingsOf(curves, source);
    const windowS = windowOf(curves);
    const drawn = MEASURES.map((measure) => [measure, seriesOf(curves, source, measure.name)] as const);
    return html`<section class="sf-curves__source" data-testid=${`curves-${source.role}`}>
      <h3 class="sf-small">${t(source.role === 'primary' ? 'sources.primary' : 'sources.backup')}</h3>
      ${findings.length
        ? html`<ul class="sf-health__warnings">
            ${findings.map((one) => html`<li><strong>${one.words}</strong> ${one.advice}</li>`)}
          </ul>`
        : html`<p class="sf-curves__well sf-soft sf-small">${icon('circle-check')} <span>${t('curves.well')}</span></p>`}
      <div class="sf-curves__grid">
        ${drawn.map(([measure, points]) => (points.length ? renderCurve(measure, points, curves.now_s, windowS) : nothing))}
      </div>
    </section>`;
  }

  #renderLevel() {
    const clipped = clippedS(this.#level);
    return html`<section class="sf-curves__source">
      <h3 class="sf-small">${t('curves.soundHere')}</h3>
      ${clipped
        ? html`<ul class="sf-health__warnings">
            <li><strong>${t('curves.clipFound', { n: clipped })}</strong> ${t('curves.clipAdvice')}</li>
          </ul>`
        : nothing}
      <div class="sf-curves__grid">${renderCurve(LEVEL, this.#level, Math.floor(Date.now() / 1000), this.curves ? windowOf(this.curves) : 600)}</div>
    </section>`;
  }
}

function renderCurve(measure: Measure, points: readonly Point[], nowS: number, windowS: number) {
  const words = wordsOf(points, measure, document.documentElement.lang);
  const path = pathOf(points, measure, BOX, nowS, windowS);
  return html`<figure class="sf-curves__one" data-testid=${`curve-${measure.name}`}>
    <figcaption class="sf-small"><strong>${t(measure.label)}</strong> <span class="sf-figures">${words}</span></figcaption>
    <svg class="sf-curves__drawing" viewBox=${`0 -2 ${String(BOX.width)} ${String(BOX.height + 4)}`} preserveAspectRatio="none" aria-hidden="true">
      ${svg`<path d=${path} fill="none" vector-effect="non-scaling-stroke" />`}
    </svg>
  </figure>`;
}

define('sf-health-curves', SfHealthCurves);

declare global {
  interface HTMLElementTagNameMap {
    'sf-health-curves': SfHealthCurves;
  }
}
