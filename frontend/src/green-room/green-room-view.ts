/** `<sf-green-room>`: the page of a guest on stage, from her link to her leaving. */
import { html, nothing } from 'lit';
import { ApiError } from '../api/client.ts';
import '../console/sound-meter.ts';
import { currentLanguage } from '../i18n/index.ts';
import { Capture } from '../studio/capture.ts';
import { studioIcon } from '../studio/icons.ts';
import { renderNoPicture } from '../studio/no-picture.ts';
import { t as studioText } from '../studio/texts.ts';
import { PageElement, define } from '../ui/element.ts';
import { Awake } from '../ui/awake.ts';
import { icon } from '../ui/icon.ts';
import { Seat, levelOf, type Place, type StageData } from './seat.ts';
import { t } from './texts.ts';

/** Where nobody is connected, and the camera's lamp is out. */
const RESTS: ReadonlySet<Place> = new Set(['left', 'removed', 'taken']);

export class SfGreenRoom extends PageElement {
  static override properties = {
    version: { state: true },
    hasAgreed: { state: true },
    error: { state: true },
    isEntering: { state: true },
    needsTap: { state: true },
  };
  declare version: number;
  declare hasAgreed: boolean;
  declare error: string;
  declare isEntering: boolean;
  /** The browser plays no sound before a tap. */
  declare needsTap: boolean;
  #data: StageData | null = null;
  #seat: Seat | null = null;
  #capture: Capture | null = null;
  readonly #awake = new Awake();

  constructor() {
    super();
    this.version = 0;
    this.hasAgreed = false;
    this.error = '';
    this.isEntering = false;
    this.needsTap = false;
  }

  override connectedCallback(): void {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    this.#data = text ? (JSON.parse(text) as StageData) : null; // before the first drawing replaces it
    super.connectedCallback();
    const data = this.#data;
    if (!data || data.problem || !canCall()) return;
    this.#capture = new Capture(() => this.#captured(), this.#isPhone ? { hasSound: false, isRear: true } : {});
    this.#seat = new Seat(data, currentLanguage(), () => (this.version += 1));
    void this.#begin(data);
    document.addEventListener('visibilitychange', this.#onVisible);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#seat?.close();
    this.#capture?.close();
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  get #isPhone(): boolean {
    return this.#data?.guest.role === 'close-up';
  }

  async #begin(data: StageData): Promise<void> {
    await this.#capture?.open();
    if (this.#seat?.wasInside && this.#capture?.picture) await this.#enter(data);
  }

  #captured(): void {
    const capture = this.#capture;
    if (capture) this.#seat?.use(capture.stream, capture.isMuted);
    this.version += 1;
  }

  /** The browser lets go of the screen while the page is hidden. */
  readonly #onVisible = (): void => {
    if (document.visibilityState === 'visible' && this.#seat?.place === 'inside') void this.#awake.stay();
  };

  async #enter(data: StageData): Promise<void> {
    if (this.isEntering) return;
    this.isEntering = true;
    this.error = '';
    try {
      if (!this.#capture?.picture) await this.#capture?.open(); // it was closed when she left
      await this.#seat?.enter(data.consent.version);
      void this.#awake.stay();
    } catch (error) {
      this.error = error instanceof ApiError && error.status !== 0 ? error.message : t('failed');
    } finally {
      this.isEntering = false;
    }
  }

  // Drawing

  protected override updated(): void {
    const stream = this.#capture?.stream ?? null;
    for (const video of this.querySelectorAll<HTMLVideoElement>('[data-own]')) if (video.srcObject !== stream) video.srcObject = stream;
    this.#show();
    if (RESTS.has(this.#seat?.place ?? 'door')) this.#rest();
  }

  #rest(): void {
    if (this.#capture?.stream) this.#capture.close();
    this.#awake.end();
  }

  #show(): void {
    const show = this.querySelector<HTMLVideoElement>('[data-show]');
    const remote = this.#seat?.call?.remote ?? null;
    if (show && show.srcObject !== remote) this.#play(show, remote);
  }

  #play(show: HTMLVideoElement, remote: MediaStream | null): void {
    show.srcObject = remote;
    if (remote)
      void show.play().then(
        () => (this.needsTap = false),
        () => (this.needsTap = true),
      );
  }

  override render() {
    const data = this.#data;
    if (!data) return nothing;
    const place = this.#seat?.place ?? 'door';
    const state = this.#seat?.state ?? data.guest.state;
    return html`<div class="sf-green-room" data-testid="green-room" data-place=${data.problem ? 'over' : place} data-state=${state}>
      ${data.problem ? renderEnd(t('over.title'), data.problem, nothing) : this.#renderPlace(data)}
    </div>`;
  }

  #renderPlace(data: StageData) {
    const back = (words: string) =>
      html`<button class="sf-button sf-button--primary" data-testid="stage-again" aria-busy=${this.isEntering} @click=${() => void this.#enter(data)}>${words}</button>`;
    if (!canCall()) return renderEnd(t('room.title'), t('fault.unsupported'), nothing);
    switch (this.#seat?.place) {
      case 'left':
        return renderEnd(t('left.title'), t('left.words'), html`${back(t('left.again'))} ${this.#renderError()}`);
      case 'removed':
        return renderEnd(t('removed.title'), t('removed.words'), nothing);
      case 'taken':
        return renderEnd(t('taken.title'), t('taken.words'), html`${back(t('taken.here'))} ${this.#renderError()}`);
      case 'inside':
        return this.#seat.state === 'on-stage' ? this.#renderStage() : this.#renderRoom();
      default:
        return this.#renderDoor(data);
    }
  }

  #renderDoor(data: StageData) {
    const mayEnter = this.hasAgreed && Boolean(this.#capture?.picture);
    return html`${this.#renderOwn()}
      <section class="sf-green-room__words sf-stack" aria-labelledby="stage-title">
        <div>
          <h1 class="sf-display" id="stage-title">${data.title}</h1>
          <p>${this.#isPhone ? t('door.phone') : t('door.hello', { brand: data.brand })}</p>
        </div>
        ${this.#isPhone
          ? html`<p class="sf-soft">${t('door.phoneHello')}</p>`
          : html`<p>${t('door.shownAs')} <strong dir="auto" data-testid="stage-name">${data.guest.name}</strong></p>`}
        ${this.#renderDevices()}
        <form
          class="sf-stack"
          @submit=${(event: SubmitEvent) => {
            event.preventDefault();
            void this.#enter(data);
          }}
        >
          <ul class="sf-green-room__terms">
            ${data.consent.words.map((one) => html`<li>${one}</li>`)}
          </ul>
          <label class="sf-check">
            <input type="checkbox" required data-testid="stage-agree" .checked=${this.hasAgreed} @change=${(event: Event) => (this.hasAgreed = (event.target as HTMLInputElement).checked)} />
            <span>${this.#isPhone ? t('door.agreePhone') : t('door.agree')}</span>
          </label>
          ${this.#renderError()}
          <button class="sf-button sf-button--primary sf-button--large" data-testid="stage-enter" ?disabled=${!mayEnter} aria-busy=${this.isEntering}>
            ${icon('log-in')} ${this.#isPhone ? t('door.enterPhone') : t('door.enter')}
          </button>
        </form>
      </section>`;
  }

  #renderRoom() {
    return html`${this.#renderOwn()}
      <section class="sf-green-room__words sf-stack" aria-labelledby="stage-title">
        <h1 class="sf-display" id="stage-title">${t('room.title')}</h1>
        <p class="sf-notice" role="status" data-testid="stage-says">${icon(this.#seat?.isLost ? 'wifi-off' : 'hourglass')} <span>${this.#roomWords()}</span></p>
        ${this.#renderLine()} ${this.#renderDevices()} ${this.#renderActs()}
      </section>`;
  }

  #roomWords(): string {
    const seat = this.#seat;
    if (seat?.isLost) return t('room.lost');
    if (seat?.isConnected) return t('room.waits');
    if (seat?.hasFailed) return t('room.failed');
    return seat?.isHostHere ? t('room.calling') : t('room.noHost');
  }

  #renderStage() {
    const isMuted = this.#capture?.isMuted ?? false;
    const words = this.#isPhone ? t('stage.phoneWords') : isMuted ? t('stage.mutedWords') : t('stage.words');
    return html`<div class="sf-green-room__picture sf-green-room__picture--stage">
        <video class="sf-green-room__video" data-show data-testid="stage-show" autoplay playsinline aria-label=${t('stage.show')}></video>
        <video class="sf-green-room__inset ${this.#mirror}" data-own autoplay playsinline muted aria-label=${t('stage.own')}></video>
      </div>
      <section class="sf-green-room__words sf-stack" aria-labelledby="stage-title">
        <h1 class="sf-display" id="stage-title"><span class="sf-badge sf-badge--live">${icon('radio')} ${t('stage.title')}</span></h1>
        <p class="sf-notice" role="status" data-testid="stage-says">
          ${icon(this.#seat?.isLost ? 'wifi-off' : 'info')} <span>${this.#seat?.isLost ? t('room.lost') : words}</span>
        </p>
        ${this.needsTap
          ? html`<div class="sf-notice sf-notice--warning" role="alert">
              ${icon('volume-x')} <span>${t('stage.sound')}</span>
              <button class="sf-button sf-button--small" @click=${() => this.#onTap()}>${t('stage.play')}</button>
            </div>`
          : nothing}
        ${this.#renderLine()} ${this.#renderActs()}
      </section>`;
  }

  #onTap(): void {
    const show = this.querySelector<HTMLVideoElement>('[data-show]');
    if (show) this.#play(show, this.#seat?.call?.remote ?? null);
  }

  /** The picture as it is sent stands beside a person who sees herself as in a mirror. */
  get #mirror(): string {
    return this.#isPhone ? '' : 'sf-green-room__video--mirrored';
  }

  #renderOwn() {
    const capture = this.#capture;
    const { fault = '', picture = null } = capture ?? {};
    return html`<div class="sf-green-room__picture">
      <video
        class="sf-green-room__video ${this.#mirror}"
        data-own
        data-testid="stage-own"
        autoplay
        playsinline
        muted
        aria-label=${t('stage.own')}
        @loadedmetadata=${() => (this.version += 1)}
      ></video>
      ${picture
        ? nothing
        : renderNoPicture(fault, () => void capture?.open())}
      ${this.#isPhone ? nothing : html`<div class="sf-green-room__foot"><sf-sound-meter class="sf-preview__meter" .video=${this.querySelector('[data-own]')}></sf-sound-meter></div>`}
    </div>`;
  }

  #renderDevices() {
    const capture = this.#capture;
    if (!capture) return nothing;
    const devices = (kind: 'camera' | 'microphone', found: readonly MediaDeviceInfo[], chosen: string) =>
      html`<div class="sf-field">
        <label for=${`stage-${kind}`}>${studioText(`choose.${kind}`)}</label>
        <select
          id=${`stage-${kind}`}
          class="sf-input"
          data-testid=${`stage-${kind}`}
          ?disabled=${!found.length}
          @change=${(event: Event) => void capture.choose(kind, (event.target as HTMLSelectElement).value)}
        >
          ${found.map(
            (one, n) => html`<option value=${one.deviceId} ?selected=${one.deviceId === chosen}>${one.label || studioText('choose.unnamed', { n: n + 1 })}</option>`,
          )}
        </select>
      </div>`;
    return html`<div class="sf-green-room__devices" role="group" aria-label=${t('door.check')}>
      ${devices('camera', capture.cameras, capture.camera)} ${this.#isPhone ? nothing : devices('microphone', capture.microphones, capture.microphone)}
    </div>`;
  }

  #renderLine() {
    const line = this.#seat?.line ?? null;
    const level = line ? levelOf(line) : 'waits';
    return html`<p class="sf-green-room__line" data-testid="stage-line" data-level=${level} role="status">
      ${icon('signal')} <span><span class="sf-visually-hidden">${t('line.label')}: </span>${t(`line.${level}`)}</span>
    </p>`;
  }

  #renderActs() {
    const isMuted = this.#capture?.isMuted ?? false;
    return html`<div class="sf-row sf-row--wrap">
      ${this.#isPhone
        ? nothing
        : html`<button class="sf-button" data-testid="stage-mute" aria-pressed=${isMuted} @click=${() => this.#capture?.setMuted(!isMuted)}>
            ${studioIcon(isMuted ? 'mic-off' : 'mic')} <span>${isMuted ? studioText('act.unmute') : studioText('act.mute')}</span>
          </button>`}
      <button class="sf-button" data-testid="stage-leave" @click=${() => void this.#seat?.leave()}>${icon('log-out')} <span>${t('act.leave')}</span></button>
    </div>`;
  }

  #renderError() {
    return this.error ? html`<p class="sf-error" role="alert" data-testid="stage-error">${icon('circle-alert')} <span>${this.error}</span></p>` : nothing;
  }
}

function renderEnd(title: string, words: string, more: unknown) {
  return html`<section class="sf-green-room__end sf-stack" role="status" data-testid="stage-end">
    <h1 class="sf-display">${title}</h1>
    <p>${words}</p>
    ${more}
  </section>`;
}

function canCall(): boolean {
  return 'RTCPeerConnection' in window;
}

define('sf-green-room', SfGreenRoom);
