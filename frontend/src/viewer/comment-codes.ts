/** `<sf-comment-codes at>`: the codes that buy when they are written in the chat, read when the field is entered. */
import { html, nothing, type PropertyValues } from 'lit';
import type { CodesView } from '../api/schema.ts';
import { ApiError } from '../api/client.ts';
import { formatOptions } from '../format/index.ts';
import { AppElement } from './element.ts';
import './comment-codes.css';
import { say } from './kept-texts/index.ts';

/** Codes that were read less than this ago are not read again. */
const FRESH_MS = 30_000;

export class SfCommentCodes extends AppElement {
  static override properties = { at: { type: Number }, codes: { state: true } };
  /** When the field was entered last, ms. */
  declare at: number;
  declare codes: CodesView['codes'];
  #readAt = -FRESH_MS;

  constructor() {
    super();
    this.at = 0;
    this.codes = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('at') || this.at - this.#readAt < FRESH_MS) return;
    this.#readAt = this.at;
    void this.#read();
  }

  override render() {
    if (this.codes.length === 0) return nothing;
    return html`<p class="sf-codes" data-testid="comment-codes">
      <span>${say('codes')}</span>
      ${this.codes.map(({ code, name, options }) => {
        const about = [name, formatOptions(options)].filter(Boolean).join(', ');
        return html`<button type="button" class="sf-badge sf-codes__one" title=${about} aria-label=${say('codes.about', { code, name: about })} @click=${() => this.#choose(code)}>${code}</button>`;
      })}
    </p>`;
  }

  /** A hint alone: without an answer there is none. */
  async #read(): Promise<void> {
    try {
      this.codes = (await this.app.api.request<CodesView>(`/shows/${encodeURIComponent(this.app.data.slug)}/comment-codes`)).codes;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #choose(code: string): void {
    this.dispatchEvent(new CustomEvent('chosen', { detail: code }));
  }
}

export const elements = { 'sf-comment-codes': SfCommentCodes };
