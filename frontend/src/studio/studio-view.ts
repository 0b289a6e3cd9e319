import { html, nothing, type PropertyValues } from 'lit';
import { Api, csrfToken } from '../api/client.ts';
import type { ShowSnapshot } from '../api/types.ts';
import { renderStartDialog } from '../console/dialogs.ts';
import { phaseOf, type ConsoleReport, type Phase } from '../console/model.ts';
import '../console/preview-view.ts';
import { Session } from '../console/session.ts';
import { t as consoleText } from '../console/texts.ts';
import { Awake } from '../ui/awake.ts';
import { PageElement, define } from '../ui/element.ts';
import { deviceStore } from '../ui/device-store.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { toast } from '../ui/toast.ts';
import { QUALITIES } from './capture.ts';
import type { GuestDesk } from './guests/guest-desk.ts';
import { studioIcon } from './icons.ts';
import { areKeysOn, keyAct, type SimpleAct } from './keys.ts';
import { renderNoPicture } from './no-picture.ts';
import { PARTS, pictureOfNow, renderChecks, renderPart, type Part } from './parts.ts';
import { checks, type Check } from './preflight.ts';
import { Publisher, type WhipTarget } from './publisher.ts';
import './rehearsal-card.ts';
import { figuresWords, notesOf, standing } from './sending-words.ts';
import { renderSettings } from './settings-panel.ts';
import { lookOf } from './stage-look.ts';
import { renderStagePanel } from './stage-panel.ts';
import { Stage } from './stage.ts';
import { renderStopDialog } from './stop-dialog.ts';
import { renderPrompterDialog } from './prompter/edit-dialog.ts';
import './prompter/prompter-view.ts';
import { scriptOf } from './prompter/script.ts';
import { Teleprompter } from './prompter/teleprompter.ts';
import { t } from './texts.ts';
import { uplinkKbps } from './uplink.ts';

interface StudioData {
  readonly show: ShowSnapshot;
  readonly report: ConsoleReport;
  readonly target: { readonly url: string; readonly key: string | null; readonly iceServers: readonly RTCIceServer[] };
}

/**
 * The host's studio: her picture, the check before going live, and the show beside her.
 *
 * @attr slug - the show's address
 * @attr rehearses - the address of the show that this one rehearses; empty for a real one
 *
 * What the page knows stands in its own `<script type="application/json">` child.
 */
export class SfStudio extends PageElement {
  static override properties = {
    slug: { type: String },
    rehearses: { type: String },
    version: { state: true },
    place: { state: true },
    dialog: { state: true },
    uplink: { state: true },
    isWatching: { state: true },
  };
  declare slug: string;
  declare rehearses: string;
  declare version: number;
  declare place: Part;
  declare dialog: 'start' | 'stop' | 'prompter' | null;
  declare uplink: number | null;
  declare isWatching: boolean;
  #session!: Session;
  #teleprompter!: Teleprompter;
  #writer!: Api;
  #publisher: Publisher | null = null;
  #target: StudioData['target'] | null = null;
  readonly #awake = new Awake();
  #desk: GuestDesk | null = null;
  readonly #stage = new Stage(() => (this.version += 1), () => lookOf(document.documentElement));

  constructor() {
    super();
    this.slug = '';
    this.rehearses = '';
    this.version = 0;
    this.place = 'check';
    this.dialog = null;
    this.uplink = null;
    this.isWatching = false;
  }

  override connectedCallback(): void {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    const data = text ? (JSON.parse(text) as StudioData) : null; // before the first drawing replaces it
    this.#writer = new Api({ auth: null, tokenFor: { show: this.slug } });
    this.#session = new Session(this.slug, new Api(), this.#writer, {
      changed: () => (this.version += 1),
      done: (words) => toast(words),
      pictureAt: () => null,
    });
    this.#teleprompter = new Teleprompter(new Api(), this.slug, () => (this.version += 1));
    this.#writer.onAuth = () => (this.version += 1);
    this.#target = data?.target ?? null;
    super.connectedCallback();
    this.#session.start(data?.show ?? null, data?.report ?? null);
    void this.#writer.freshToken().catch(() => undefined); // says who this is
    this.#stage.hostName = data?.show.hosts[0]?.name ?? '';
    void this.#stage.open();
    void this.#openDesk();
    void this.#measure();
    void import('./speech/speech-panel.ts'); // nobody goes live by it
    document.addEventListener('keydown', this.#onKey);
    document.addEventListener('pointerdown', this.#onGesture);
    addEventListener('online', this.#onWake);
    document.addEventListener('visibilitychange', this.#onWake);
    addEventListener('beforeunload', this.#onLeave);
  }

  /** Guests come after the picture. */
  async #openDesk(): Promise<void> {
    const { openDesk } = await import('./guests/index.ts');
    this.#desk = await openDesk({
      slug: this.slug,
      api: new Api(),
      iceServers: this.#target?.iceServers ?? [],
      changed: () => (this.version += 1),
      token: () => this.#writer.freshToken(),
      mixer: () => this.#stage.mixer,
      voice: () => this.#capture.stream?.getAudioTracks()[0] ?? null,
    });
    if (!this.isConnected) return;
    this.#desk.reopen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#publisher?.stop();
    this.#desk?.close();
    this.#stage.close();
    this.#session.stop();
    document.removeEventListener('keydown', this.#onKey);
    document.removeEventListener('pointerdown', this.#onGesture);
    removeEventListener('online', this.#onWake);
    document.removeEventListener('visibilitychange', this.#onWake);
    removeEventListener('beforeunload', this.#onLeave);
  }

  get #isSending(): boolean {
    return this.#publisher?.isOn ?? false;
  }

  get #capture(): Stage['capture'] {
    return this.#stage.capture;
  }

  get #kbps(): number {
    return QUALITIES[this.#capture.quality].kbps;
  }

  readonly #onWake = (): void => {
    this.#session.wake();
    this.#publisher?.wake();
    if (this.#isSending && document.visibilityState === 'visible') void this.#awake.stay();
  };

  /** Leaving asks: closing the page ends the picture of a running show. */
  readonly #onLeave = (event: BeforeUnloadEvent): void => {
    if (this.#isSending) event.preventDefault();
  };

  /** Browsers start a page's sound at a gesture. */
  readonly #onGesture = (): void => {
    void this.#stage.mixer?.resume();
    this.#desk?.resume();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    this.#onGesture();
    const act = this.dialog ? null : keyAct(event, this.#teleprompter.isOpen, () => areKeysOn(deviceStore()));
    if (!act) return;
    event.preventDefault();
    if (act.does === 'layout') this.#stage.mixer?.setLayout(act.layout);
    else this.#keyActs[act.does]();
  };

  readonly #keyActs: Readonly<Record<SimpleAct, () => void>> = {
    mute: () => this.#capture.setMuted(!this.#capture.isMuted),
    picture: () => void this.#showPicture(this.#stage.mixer?.pictureUrl ? null : pictureOfNow(this.#session)),
    prompter: () => this.#togglePrompter(),
    run: () => this.querySelector('sf-prompter')?.toggle(),
    'next-cue': () => this.querySelector('sf-prompter')?.jump(1),
    'last-cue': () => this.querySelector('sf-prompter')?.jump(-1),
  };

  // What the host does

  async #showPicture(url: string | null): Promise<void> {
    try {
      await this.#stage.mixer?.showPicture(url);
    } catch {
      toast(t('picture.fails'));
    }
  }

  #togglePrompter(): void {
    if (this.#teleprompter.isOpen) this.#teleprompter.close();
    else void this.#teleprompter.open();
  }

  async #measure(): Promise<void> {
    this.uplink = null;
    this.uplink = await uplinkKbps(async (bytes) => {
      const headers = { 'X-CSRFToken': csrfToken() ?? '', 'Content-Type': 'application/octet-stream' };
      const response = await fetch(`/studio/${encodeURIComponent(this.slug)}/uplink`, { method: 'POST', body: bytes, headers });
      if (!response.ok) throw new Error(String(response.status));
    });
  }

  #goLive(): void {
    const { output } = this.#stage;
    const target = this.#target;
    if (!output || !target?.key) return;
    void this.#stage.mixer?.resume();
    this.#publisher = new Publisher(target as WhipTarget, { changed: () => (this.version += 1) });
    this.#publisher.start(output, this.#kbps);
    void this.#awake.stay();
    if (this.place === 'check') this.place = 'rundown';
  }

  readonly #stop = (): void => {
    this.#publisher?.stop();
    this.#publisher = null;
    this.#awake.end();
    this.version += 1;
  };

  // Drawing

  protected override updated(changed: PropertyValues): void {
    const video = this.#video;
    const { output } = this.#stage;
    if (video && output && video.srcObject !== output) video.srcObject = output;
    if (changed.has('dialog') && this.dialog) this.querySelector<HTMLDialogElement>('dialog.sf-console-dialog')?.showModal();
    // The publisher of an ended show is let go.
    if (phaseOf(this.#session.state) === 'ended' && this.#isSending) this.#stop();
  }

  get #video(): HTMLVideoElement | null {
    return this.querySelector<HTMLVideoElement>('.sf-studio__video');
  }

  get #checks(): readonly Check[] {
    const session = this.#session;
    const hasSound = (this.#capture.stream?.getAudioTracks().length ?? 0) > 0;
    const fault = this.#capture.fault;
    return checks({
      picture: this.#capture.picture,
      runsHidden: this.#stage.mixer?.runsHidden ?? true,
      cameraError: fault ? t(`fault.${fault}`) : '',
      isMuted: this.#capture.isMuted,
      loudestDb: hasSound ? (this.querySelector('sf-sound-meter')?.loudestDb ?? Number.NEGATIVE_INFINITY) : null,
      uplinkKbps: this.uplink,
      neededKbps: this.#kbps,
      rundown: session.state.loaded ? session.state.rundown : null,
      clockOffMs: session.serverNowMs() - Date.now(),
    });
  }

  override render() {
    const phase = phaseOf(this.#session.state);
    return html`
      <div class="sf-studio" data-testid="studio" data-phase=${phase} data-sending=${this.#publisher?.state ?? 'off'}>
        ${this.#renderBar(phase)}
        <section class="sf-studio__stage" aria-label=${t('picture.label')}>
          ${this.#renderPicture()} ${this.#renderSays(phase)} ${this.#renderActs(phase)} ${renderStagePanel(this.#stage)}
          ${renderSettings(this.#stage, this.#isSending)} ${this.#renderSpeech(phase)}
        </section>
        <section class="sf-studio__side" aria-label=${t('part.label')}>${this.#renderSide(phase)}</section>
      </div>
      ${this.#renderDialog()}
    `;
  }

  #renderBar(phase: Phase) {
    const { state, mayProduce } = this.#session;
    const isOnAir = phase === 'live' || phase === 'paused';
    const words = { waiting: 'state.before', ready: 'state.ready', live: 'state.live', paused: 'state.paused', ended: 'state.ended' } as const;
    return html`<header class="sf-bar">
      <a
        class="sf-button sf-button--quiet sf-button--icon"
        href=${`/console${this.#session.path}`}
        aria-label=${t('bar.console')}
        data-testid="studio-console"
        >${icon('arrow-left')}</a
      >
      <h1 class="sf-bar__title sf-clip">${state.title}</h1>
      <span class="sf-badge sf-bar__state ${isOnAir ? 'sf-badge--live' : ''}" data-testid="studio-state" data-state=${state.state}>
        ${isOnAir ? icon('radio') : nothing} ${consoleText(words[phase])}
      </span>
      <div class="sf-bar__end">
        ${isOnAir ? html`<span class="sf-soft sf-small sf-figures sf-studio__count">${t('viewers.count', { count: state.viewers })}</span>` : nothing}
        ${mayProduce && phase === 'ready'
          ? html`<button
              class="sf-button sf-button--primary"
              data-testid="studio-start"
              aria-busy=${this.#session.isBusy('show')}
              @click=${() => (this.dialog = 'start')}
            >
              ${icon('radio')} ${consoleText('bar.start')}
            </button>`
          : nothing}
      </div>
    </header>`;
  }

  #renderPicture() {
    const { screen, isMuted, fault, picture } = this.#capture;
    const { isMirrored } = this.#stage;
    return html`<div class="sf-studio__picture">
      <video
        class="sf-studio__video ${isMirrored ? 'sf-studio__video--mirrored' : ''}"
        data-testid="studio-video"
        autoplay
        playsinline
        muted
        title=${isMirrored ? t('picture.mirrored') : ''}
        aria-label=${t('picture.label')}
        @loadedmetadata=${() => (this.version += 1)}
      ></video>
      ${picture ? nothing : renderNoPicture(fault, () => void this.#stage.open())} ${this.#teleprompter.isOpen ? this.#renderPrompter() : nothing}
      <div class="sf-studio__foot">
        ${isMuted ? html`<span class="sf-badge sf-badge--warning" data-testid="studio-muted">${studioIcon('mic-off')} ${t('send.muted')}</span>` : nothing}
        ${screen ? html`<span class="sf-badge">${studioIcon('screen-share')} ${t('send.sharing')}</span>` : nothing}
        <sf-sound-meter class="sf-preview__meter" .video=${this.#video}></sf-sound-meter>
      </div>
    </div>`;
  }

  #renderPrompter() {
    return html`<sf-prompter
      .parts=${scriptOf(this.#teleprompter.text, this.#session.state.plan)}
      @sf-prompter-edit=${() => (this.dialog = 'prompter')}
      @sf-prompter-close=${() => this.#teleprompter.close()}
    ></sf-prompter>`;
  }

  /** One line that says how it stands, and one that says what to do where it is not well. */
  #renderSays(phase: Phase) {
    const publisher = this.#publisher;
    const figures = publisher?.state === 'sending' ? publisher.figures : null;
    const hasKey = Boolean(this.#target?.key);
    const [level, words] = standing(phase, publisher, { hasKey, mayProduce: this.#session.mayProduce });
    const { mixer } = this.#stage;
    const error = this.#session.errorAt('show');
    return html`<div class="sf-health sf-health--${level}">
      <p class="sf-health__words" role="status" data-testid="studio-says">
        ${icon(level === 'good' ? 'circle-check' : level === 'bad' ? 'circle-alert' : 'info')} <span>${words}</span>
      </p>
      ${figures
        ? html`<p class="sf-health__source sf-soft sf-small sf-figures" data-testid="studio-figures" data-distinct=${mixer?.stats().distinctPerS ?? 0}>
            ${figuresWords(figures)}
          </p>`
        : nothing}
      ${notesOf(this.#isSending, figures, mixer?.runsHidden ?? true).map((one) => html`<p class="sf-health__source sf-small" role="status">${one}</p>`)}
      ${error ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${error}</span></p>` : nothing}
    </div>`;
  }

  #renderActs(phase: Phase) {
    const { isMuted, picture } = this.#capture;
    const isSharing = this.#capture.screen !== null;
    const canShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
    return html`<div class="sf-studio__acts">
      <button class="sf-button" data-testid="studio-mute" aria-pressed=${isMuted} title=${t('act.keys')} @click=${() => this.#capture.setMuted(!isMuted)}>
        ${studioIcon(isMuted ? 'mic-off' : 'mic')} <span>${isMuted ? t('act.unmute') : t('act.mute')}</span>
      </button>
      ${canShare
        ? html`<button
            class="sf-button"
            data-testid="studio-share"
            aria-pressed=${isSharing}
            @click=${() => isSharing ? this.#capture.unshare() : void this.#capture.share()}
          >
            ${studioIcon(isSharing ? 'video' : 'screen-share')} <span>${isSharing ? t('act.unshare') : t('act.share')}</span>
          </button>`
        : nothing}
      <button class="sf-button" data-testid="studio-prompter" aria-pressed=${this.#teleprompter.isOpen} aria-keyshortcuts="T" @click=${() => this.#togglePrompter()}>
        ${studioIcon('prompter')} <span>${t('prompter.label')}</span>
      </button>
      ${phase === 'ended'
        ? nothing
        : this.#isSending
          ? html`<button class="sf-button sf-studio__go" data-testid="studio-stop" @click=${() => this.#askStop(phase)}>
              ${icon('x')} <span>${t('act.stop')}</span>
            </button>`
          : html`<button
              class="sf-button sf-button--primary sf-studio__go"
              data-testid="studio-live"
              ?disabled=${!picture || !this.#target?.key}
              @click=${() => this.#goLive()}
            >
              ${icon('radio')} <span>${t('act.live')}</span>
            </button>`}
    </div>`;
  }

  #renderSpeech(phase: Phase) {
    const source = {
      slug: this.slug,
      track: this.#capture.stream?.getAudioTracks()[0] ?? null,
      isLive: phase === 'live',
      nowMs: () => this.#session.serverNowMs(),
      roundTripMs: this.#publisher?.figures?.roundTripMs ?? null,
    };
    return phase === 'ended' ? nothing : html`<sf-studio-speech .source=${source}></sf-studio-speech>`;
  }

  #askStop(phase: Phase): void {
    if (phase === 'live' || phase === 'paused') this.dialog = 'stop';
    else this.#stop();
  }

  #renderSide(phase: Phase) {
    const words = { check: t('part.check'), rundown: t('part.rundown'), guests: t('part.guests'), chat: t('part.chat'), questions: t('part.questions') };
    const waiting = this.#desk?.waiting ?? 0;
    return html`<div class="sf-talk__tabs" role="tablist" aria-label=${t('part.label')} @keydown=${(event: KeyboardEvent) => this.#onTabKey(event)}>
        ${PARTS.map(
          (one) => html`<button
            class="sf-tab"
            role="tab"
            id=${`studio-tab-${one}`}
            data-testid=${`studio-tab-${one}`}
            aria-selected=${this.place === one}
            aria-controls="studio-panel"
            tabindex=${this.place === one ? 0 : -1}
            @click=${() => (this.place = one)}
          >
            ${words[one]} ${one === 'guests' && waiting ? html`<span class="sf-badge" data-testid="guests-waiting">${waiting}</span>` : nothing}
          </button>`,
        )}
      </div>
      <div class="sf-studio__part" role="tabpanel" id="studio-panel" tabindex="0" aria-labelledby=${`studio-tab-${this.place}`}>
        ${this.#renderPlace()}
      </div>
      ${this.#isSending && (phase === 'ready' || phase === 'live') ? this.#renderViewers(phase) : nothing}
      <sf-rehearsal slug=${this.slug} of=${this.rehearses} ?begins=${phase === 'waiting' || phase === 'ready'}></sf-rehearsal>`;
  }

  #renderPlace() {
    const { place } = this;
    if (place === 'check') return ticking(() => renderChecks(this.#checks, () => void this.#measure())); // a voice is heard at any time
    if (place === 'guests') return html`<sf-studio-guests .desk=${this.#desk} .version=${this.version}></sf-studio-guests>`;
    return renderPart(place, this.#session, { url: this.#stage.mixer?.pictureUrl ?? null, show: (url) => void this.#showPicture(url) });
  }

  /** The way back: what viewers see, and how far behind they are. It is played only while it is open. */
  #renderViewers(phase: Phase) {
    return html`<details
      class="sf-panel sf-studio__viewers"
      data-testid="studio-viewers"
      @toggle=${(event: Event) => (this.isWatching = (event.target as HTMLDetailsElement).open)}
    >
      <summary>${icon('eye')} ${t('viewers.title')}</summary>
      ${this.isWatching
        ? html`<sf-console-preview .session=${this.#session} .phase=${phase} .token=${() => this.#writer.freshToken()}></sf-console-preview>`
        : nothing}
    </details>`;
  }

  #onTabKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.place = PARTS[(PARTS.indexOf(this.place) + step + PARTS.length) % PARTS.length] ?? 'check';
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus());
  }

  #renderDialog() {
    const close = (): void => {
      this.dialog = null;
    };
    if (this.dialog === 'start') return renderStartDialog(this.#session.state, () => void this.#session.startShow(), close);
    if (this.dialog === 'prompter') return renderPrompterDialog(this.#teleprompter, close);
    if (this.dialog === 'stop') return renderStopDialog(this.#stop, close);
    return nothing;
  }
}

define('sf-studio', SfStudio);
