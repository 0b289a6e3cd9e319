/** The studio's part for guests: invite, see who waits, let in, send back, remove. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { ApiError } from '../../api/client.ts';
import { copyText } from '../../console/copy.ts';
import type { GuestRole } from '../../guest-call/signals.ts';
import { PageElement, define } from '../../ui/element.ts';
import { icon } from '../../ui/icon.ts';
import { toast } from '../../ui/toast.ts';
import { studioIcon } from '../icons.ts';
import { t } from './texts.ts';
import type { Guest, GuestDesk, Invitation } from './guest-desk.ts';

const NAME_MAX = 30;

export class SfStudioGuests extends PageElement {
  static override properties = {
    desk: { attribute: false },
    version: { attribute: false },
    invitation: { state: true },
    error: { state: true },
    busy: { state: true },
    heardId: { state: true },
  };
  declare desk: GuestDesk | null;
  declare version: number;
  declare invitation: Invitation | null;
  declare error: string;
  declare busy: string;
  /** The guest whom the host listens to before she lets her in. */
  declare heardId: string;

  constructor() {
    super();
    this.desk = null;
    this.version = 0;
    this.invitation = null;
    this.error = '';
    this.busy = '';
    this.heardId = '';
  }

  protected override updated(): void {
    for (const video of this.querySelectorAll('video')) {
      const guest = this.desk?.guests.find(({ id }) => id === video.dataset['guest']);
      const stream = guest?.stream ?? null;
      if (video.srcObject !== stream) video.srcObject = stream;
      // On stage the mixer plays her voice.
      video.muted = this.heardId !== guest?.id || guest.state === 'on-stage';
    }
  }

  override render() {
    const { desk } = this;
    if (!desk) return nothing;
    return html`<h2 class="sf-studio__title">${t('guests.title')}</h2>
      ${this.#renderDesk(desk)}
      ${desk.guests.length
        ? html`<ul class="sf-guests" data-testid="guests">
            ${repeat(desk.guests, ({ id }) => id, (guest) => this.#renderGuest(guest))}
          </ul>`
        : html`<p class="sf-soft">${t('guests.none')}</p>`}
      ${this.error ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${this.error}</span></p>` : nothing}
      ${this.#renderInvite()} ${this.#isUnused(this.invitation) ? this.#renderInvitation(this.invitation) : nothing}`;
  }

  /** A link that somebody came in by opens nothing any more. */
  #isUnused(invitation: Invitation | null): invitation is Invitation {
    const guest = this.desk?.guests.find(({ id }) => id === invitation?.guest.id);
    return guest?.state === 'invited' || guest?.state === 'left';
  }

  /** Another studio page may have the guests, or nobody does yet. */
  #renderDesk(desk: GuestDesk) {
    if (desk.state === 'open' || desk.state === 'connecting' || (desk.state === 'off' && !desk.guests.length)) return nothing;
    const words = desk.state === 'off' ? t('desk.off') : desk.state === 'taken' ? t('desk.taken') : desk.state === 'refused' ? t('desk.refused') : t('desk.lost');
    const mayTake = desk.state === 'off' || desk.state === 'taken';
    return html`<div class="sf-notice" role="status" data-testid="desk-state" data-state=${desk.state}>
      ${icon(desk.state === 'lost' ? 'wifi-off' : 'info')} <span>${words}</span>
      ${mayTake ? html`<button class="sf-button sf-button--small" data-testid="desk-open" @click=${() => desk.open()}>${t('desk.open')}</button>` : nothing}
    </div>`;
  }

  #renderInvite() {
    return html`<form class="sf-guests__invite" @submit=${(event: SubmitEvent) => this.#onInvite(event)}>
      <div class="sf-field">
        <label for="guest-name">${t('invite.name')}</label>
        <input id="guest-name" class="sf-input" name="name" maxlength=${NAME_MAX} required autocomplete="off" dir="auto" data-testid="guest-name" />
      </div>
      <button class="sf-button" data-testid="guest-invite" aria-busy=${this.busy === 'guest'}>${icon('plus')} <span>${t('invite.guest')}</span></button>
      <button
        type="button"
        class="sf-button sf-guests__phone"
        data-testid="guest-phone"
        aria-busy=${this.busy === 'close-up'}
        @click=${() => this.#invite('close-up', t('invite.phoneName'))}
      >
        ${studioIcon('video')} <span>${t('invite.phone')}</span>
      </button>
    </form>`;
  }

  #renderInvitation({ guest, url, qr }: Invitation) {
    return html`<section class="sf-panel sf-guests__link" data-testid="guest-link" aria-label=${t('link.title', { name: guest.name })}>
      <h3>${guest.role === 'guest' ? t('link.title', { name: guest.name }) : t('link.phone')}</h3>
      <svg class="sf-guests__code" viewBox=${`0 0 ${qr.size} ${qr.size}`} role="img" aria-label=${t('link.code')}>
        <rect width=${qr.size} height=${qr.size} class="sf-guests__paper" />
        <path d=${qr.path} class="sf-guests__ink" />
      </svg>
      <p class="sf-small">${guest.role === 'guest' ? t('link.words') : t('link.phoneWords')}</p>
      <div class="sf-guests__address">
        <input class="sf-input" readonly .value=${url} aria-label=${t('link.address')} data-testid="guest-url" @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()} />
        <button class="sf-button" data-testid="guest-copy" @click=${() => void this.#copy(url)}>${icon('copy')} <span>${t('link.copy')}</span></button>
      </div>
      <button class="sf-button sf-button--small sf-button--quiet" data-testid="guest-link-close" @click=${() => (this.invitation = null)}>
        ${icon('x')} <span>${t('link.close')}</span>
      </button>
    </section>`;
  }

  #renderGuest(guest: Guest) {
    const { id, name, state, role, line, isMuted } = guest;
    const isInside = state === 'green-room' || state === 'on-stage';
    return html`<li class="sf-guest" data-testid=${`guest-${name}`} data-state=${state} data-line=${line}>
      ${isInside
        ? html`<video class="sf-guest__picture" data-guest=${id} autoplay playsinline muted aria-label=${t('guest.picture', { name })}></video>`
        : html`<span class="sf-guest__picture sf-guest__none" aria-hidden="true">${role === 'guest' ? icon('user') : studioIcon('video')}</span>`}
      <div class="sf-guest__words">
        <strong dir="auto">${name}</strong>
        ${state === 'on-stage' ? html`<span class="sf-badge sf-badge--live">${icon('radio')} ${t('guest.on')}</span>` : nothing}
        ${isInside && isMuted ? html`<span class="sf-badge">${studioIcon('mic-off')} ${t('guest.muted')}</span>` : nothing}
        <p class="sf-small" role="status">${wordsOf(guest)}</p>
      </div>
      <div class="sf-guest__acts">${this.#renderActs(guest)}</div>
    </li>`;
  }

  #renderActs({ id, state, role, line, name }: Guest) {
    const act = (testid: string, words: string, run: () => Promise<unknown>, style = '') =>
      html`<button
        class="sf-button sf-button--small ${style}"
        data-testid=${testid}
        aria-busy=${this.busy === `${testid}-${id}`}
        aria-label=${`${words}: ${name}`}
        @click=${() => void this.#do(`${testid}-${id}`, run)}
      >
        ${words}
      </button>`;
    const desk = this.desk;
    if (!desk) return nothing;
    const isHeard = this.heardId === id;
    return html`
      ${state === 'green-room' && line === 'connected' ? act('guest-in', t('guest.letIn'), () => desk.place(id, 'on-stage'), 'sf-button--primary') : nothing}
      ${state === 'green-room' && role === 'guest' && line === 'connected'
        ? html`<button class="sf-button sf-button--small" data-testid="guest-listen" aria-pressed=${isHeard} @click=${() => (this.heardId = isHeard ? '' : id)}>
            ${icon(isHeard ? 'volume-2' : 'volume-x')} ${t('guest.listen')}
          </button>`
        : nothing}
      ${state === 'on-stage' ? act('guest-back', t('guest.back'), () => desk.place(id, 'green-room')) : nothing}
      ${state === 'invited' || state === 'left' ? act('guest-renew', t('guest.renew'), async () => (this.invitation = await desk.newLink(id))) : nothing}
      ${act('guest-remove', t('guest.remove'), async () => this.#remove(id), 'sf-button--quiet')}
    `;
  }

  async #remove(id: string): Promise<void> {
    if (this.invitation?.guest.id === id) this.invitation = null;
    await this.desk?.remove(id);
  }

  #onInvite(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const name = String(new FormData(form).get('name') ?? '');
    void this.#invite('guest', name).then((isDone) => isDone && form.reset());
  }

  #invite(role: GuestRole, name: string): Promise<boolean> {
    return this.#do(role, async () => {
      this.invitation = (await this.desk?.invite(role, name)) ?? null;
    });
  }

  async #do(what: string, run: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = what;
    this.error = '';
    try {
      await run();
      return true;
    } catch (error) {
      this.error = error instanceof ApiError ? error.message : t('guests.failed');
      return false;
    } finally {
      this.busy = '';
    }
  }

  async #copy(url: string): Promise<void> {
    toast((await copyText(url)) ? t('link.copied') : t('link.notCopied'));
  }
}

function wordsOf({ state, line, role, is_expired, isInPicture }: Guest): string {
  if (state === 'left') return t('guest.left');
  if (state === 'invited') return is_expired ? t('guest.expired') : t(role === 'guest' ? 'guest.invited' : 'guest.phoneInvited');
  if (line === 'lost' || line === 'none') return t('guest.lost');
  if (line === 'connecting') return t('guest.connecting');
  if (state === 'green-room') return t('guest.waits');
  return isInPicture ? t('guest.seen') : t('guest.full');
}

define('sf-studio-guests', SfStudioGuests);
