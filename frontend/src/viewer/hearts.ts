/** `<sf-hearts>`: the heart, held for many, and the other reactions; `<sf-floats>`: the reactions that float up over the picture. */
import { html, nothing, render } from 'lit';
import { formatCount } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { prefersStill } from '../ui/motion.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { REACTIONS, type Reaction } from './talk/hearts.ts';

const ICONS: Record<Reaction, string> = { heart: 'heart', clap: 'party-popper', fire: 'flame', laugh: 'laugh', wow: 'sparkles' };
/** Held down, hearts come this often. */
const HOLD_EVERY_MS = 220;
const HOLD_AFTER_MS = 350;
const TRAY_SHOWN_MS = 4_000;
const FLOATING_MAX = 14;
const OWN_FLOAT = 'sf-float-own';

export class SfHearts extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk'];
  static override properties = { isTrayShown: { state: true } };
  declare isTrayShown: boolean;
  #hold = 0;
  #trayTimer = 0;
  #wasHeld = false;

  constructor() {
    super();
    this.isTrayShown = false;
  }

  protected override appDisconnected(): void {
    this.#release();
  }

  override render() {
    const { view, talk } = this.app;
    if (view.state === 'ended' && !this.app.isRecorded) return nothing;
    const total = REACTIONS.reduce((sum, sort) => sum + talk.hearts.total(sort, view.reactions, this.app.pictureMs), 0);
    const isOver = view.state === 'ended';
    return html`
      ${this.isTrayShown && !isOver ? this.#tray() : nothing}
      <button
        class="sf-button sf-button--icon sf-hearts__heart"
        data-testid="heart"
        data-total=${total}
        aria-label=${t('reaction.heart')}
        aria-describedby=${this.app.id('reactions')}
        aria-haspopup="true"
        aria-expanded=${this.isTrayShown}
        ?disabled=${isOver}
        @pointerdown=${(event: PointerEvent) => this.#press(event)}
        @pointerup=${() => this.#release()}
        @pointerleave=${() => this.#release()}
        @pointercancel=${() => this.#release()}
        @contextmenu=${(event: Event) => event.preventDefault()}
        @click=${() => this.#click()}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      >
        ${icon('heart')}${total > 0 ? html`<span class="sf-counter sf-counter--soft sf-drawn" data-drawn=${short(total)}></span>` : nothing}
      </button>
      <span class="sf-visually-hidden" id=${this.app.id('reactions')}>${t('reaction.total', { count: total })}</span>
    `;
  }

  #tray() {
    return html`<div
      class="sf-hearts__tray"
      role="group"
      aria-label=${t('reaction.more')}
      data-testid="reactions"
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        this.isTrayShown = false;
        this.querySelector<HTMLElement>('.sf-hearts__heart')?.focus();
      }}
      @focusout=${() => this.#hideTraySoon()}
    >
      ${REACTIONS.slice(1).map(
        (sort) =>
          html`<button class="sf-button sf-button--quiet sf-button--icon" data-testid="react-${sort}" aria-label=${t(`reaction.${sort}`)} @click=${() => this.#give(sort)}>
            ${icon(ICONS[sort])}
          </button>`,
      )}
    </div>`;
  }

  #give(sort: Reaction): void {
    this.app.talk.hearts.tap(sort);
    this.app.signals.ownReaction.send(sort);
    this.isTrayShown = true;
    this.#hideTraySoon();
    this.requestUpdate();
  }

  #hideTraySoon(): void {
    clearTimeout(this.#trayTimer);
    this.#trayTimer = window.setTimeout(() => {
      if (this.querySelector('.sf-hearts__tray :focus-visible, .sf-hearts__tray:hover')) this.#hideTraySoon();
      else this.isTrayShown = false;
    }, TRAY_SHOWN_MS);
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#wasHeld = false;
    this.#hold = window.setTimeout(() => this.#beat(), HOLD_AFTER_MS);
  }

  #beat(): void {
    this.#wasHeld = true;
    this.#give('heart');
    this.#hold = window.setTimeout(() => this.#beat(), HOLD_EVERY_MS);
  }

  #release(): void {
    clearTimeout(this.#hold);
  }

  #click(): void {
    if (!this.#wasHeld) this.#give('heart');
    this.#wasHeld = false;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowUp') return;
    event.preventDefault();
    this.isTrayShown = true;
    this.#hideTraySoon();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('.sf-hearts__tray button')?.focus());
  }
}

/** Over the picture, hidden from assistive technology; with less motion, nothing floats and the count says it. */
export class SfFloats extends AppElement {
  static override topics: readonly Topic[] = ['view'];

  protected override appConnected(): void {
    this.listen(this.app.signals.ownReaction, (reaction) => this.rise(reaction, true));
  }

  override render() {
    return nothing;
  }

  protected override updated(): void {
    const { timeline, talk, view } = this.app;
    if (timeline.pictureMs === null) return;
    const floats = talk.hearts.floats(this.app.pictureMs, view.reactions);
    for (const [sort, count] of Object.entries(floats)) {
      for (let n = 0; n < (count ?? 0); n += 1) setTimeout(() => this.rise(sort as Reaction, false), n * 90);
    }
  }

  rise(sort: Reaction, isOwn: boolean): void {
    if (prefersStill() || document.hidden) return;
    if (this.childElementCount >= FLOATING_MAX && !isOwn) return;
    const one = document.createElement('span');
    one.className = isOwn ? `sf-float ${OWN_FLOAT}` : 'sf-float';
    one.dataset['sort'] = sort;
    one.style.setProperty('--sf-sway', String(Math.random() * 2 - 1));
    render(icon(ICONS[sort]), one);
    one.addEventListener('animationend', () => one.remove());
    this.append(one);
  }
}

/** 1.2k on a small badge. */
function short(count: number): string {
  if (count < 1000) return formatCount(count);
  return count < 1_000_000 ? `${formatCount(Math.floor(count / 100) / 10)}k` : `${formatCount(Math.floor(count / 100_000) / 10)}M`;
}
