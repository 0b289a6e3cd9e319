import { html, nothing, type PropertyValues } from 'lit';
import { Api } from '../api/client.ts';
import type { ShowSnapshot } from '../api/types.ts';
import { useTimeZone, whenText } from '../format/when.ts';
import { currentLanguage } from '../i18n/index.ts';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { ticking } from '../ui/ticking.ts';
import { toast } from '../ui/toast.ts';
import {
  renderBanDialog,
  renderEndDialog,
  renderHelpDialog,
  renderRotateDialog,
  renderStartDialog,
  type DialogName,
} from './dialogs.ts';
import { HOLD_MS, Hold } from './hold.ts';
import { actionOf, type Action } from './keys.ts';
import { renderConnection, renderHealth, renderNumbers, renderSummary } from './middle-view.ts';
import { phaseOf, type Change, type ConsoleReport, type Message, type Phase } from './model.ts';
import './preview-view.ts';
import { renderRefused } from './refused-view.ts';
import './rundown-view.ts';
import { renderOnScreen } from './rundown-view.ts';
import { renderSelling, togglePause } from './selling-view.ts';
import { Session } from './session.ts';
import './side.ts';
import { renderRestreams } from './restreams-view.ts';
import './playback-view.ts';
import { renderSources } from './sources-view.ts';
import { renderStream, renderWaiting } from './stream-view.ts';
import { DialogMemory, renderTalkDialog } from './talk-dialogs.ts';
import { t } from './texts.ts';
import { UNDO_MS } from './undo.ts';
import { placeOf, type TalkDialog } from './dialog-requests.ts';

type Tab = 'rundown' | 'show' | 'chat';
const TABS: readonly Tab[] = ['rundown', 'show', 'chat'];
const TAB_ICONS = { rundown: 'package', show: 'radio', chat: 'message-circle' } as const;

interface LiveData {
  readonly show: ShowSnapshot;
  readonly report: ConsoleReport;
}

/**
 * The producer console of one show: rundown, preview with health and numbers, chat.
 *
 * @attr slug - the show's address
 * @attr words-import - the back office's page for a list of words; empty for who may not
 * @attr time-zone - the brand's: all times here are said in it
 * @attr title - shown until the first report is here
 *
 * Snapshot and first report stand in its own `<script type="application/json">` child (or in its `data` property); what does
 * not is fetched.
 */
export class SfConsoleLive extends PageElement {
  /** For a console that a script makes: set before it is put into the page. */
  data: LiveData | null = null;
  static override properties = {
    slug: { type: String },
    wordsImport: { type: String, attribute: 'words-import' },
    timeZone: { type: String, attribute: 'time-zone' },
    version: { state: true },
    plan: { state: true },
    talk: { state: true },
    tab: { state: true },
    dialog: { state: true },
    banned: { state: true },
    talkDialog: { state: true },
    endWord: { state: true },
    isHeld: { state: true },
    isRevealed: { state: true },
  };
  declare slug: string;
  declare wordsImport: string;
  declare timeZone: string | null;
  /** Counts every change, for the middle. */
  declare version: number;
  /** Counts the changes of the left column: figures and talk are none of its business. */
  declare plan: number;
  /** Counts the changes of the right column. */
  declare talk: number;
  declare tab: Tab;
  declare dialog: DialogName | null;
  declare banned: Message | null;
  declare talkDialog: TalkDialog | null;
  declare endWord: string;
  declare isHeld: boolean;
  declare isRevealed: boolean;
  #session!: Session;
  readonly #staff = new Api();
  #writer!: Api;
  readonly #memory = new DialogMemory();
  #lastPhase: Phase | null = null;
  #hold = new Hold({
    complete: () => void this.#session.endShow(),
    short: () => this.#open('end'),
    changed: (isDown) => (this.isHeld = isDown),
  });

  constructor() {
    super();
    this.slug = '';
    this.wordsImport = '';
    this.timeZone = null;
    this.version = 0;
    this.plan = 0;
    this.talk = 0;
    this.tab = 'show';
    this.dialog = null;
    this.banned = null;
    this.talkDialog = null;
    this.endWord = '';
    this.isHeld = false;
    this.isRevealed = false;
  }

  override connectedCallback(): void {
    useTimeZone(this.timeZone);
    void import('./overview.ts'); // nobody needs it at once
    // "The show is made": what the page before has to say passes, and moves nothing.
    const data = this.data ?? this.#readData(); // before the first drawing replaces it
    const notes = [...this.querySelectorAll('[data-note]')].map((note) => note.textContent);
    this.#writer = new Api({ auth: null, tokenFor: { show: this.slug } });
    this.#session = new Session(this.slug, this.#staff, this.#writer, {
      changed: (what) => this.#changed(what),
      done: (words, undo) =>
        undo
          ? toast(words, { action: t('undo.action'), onAction: () => void this.#session.undo(undo), shownMs: UNDO_MS })
          : toast(words),
      pictureAt: () => this.#preview?.pictureAt() ?? null,
    });
    this.#session.talk.importHref = this.wordsImport;
    super.connectedCallback();
    for (const note of notes) toast(note);
    // The token says who this is, and with that what may be asked for. The timeline asks for one, again and again.
    this.#writer.onAuth = () => {
      this.#changed();
      if (this.#session.mayProduce && !this.#session.stream) void this.#session.loadStream();
    };
    this.#session.start(data?.show.slug === this.slug ? data.show : null, data?.report ?? null);
    this.addEventListener('dialog-request', this.#onWanted); // a window asks for another, too
    document.addEventListener('keydown', this.#onKey);
    addEventListener('online', this.#onWake);
    document.addEventListener('visibilitychange', this.#onWake);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#session.stop();
    this.removeEventListener('dialog-request', this.#onWanted);
    document.removeEventListener('keydown', this.#onKey);
    removeEventListener('online', this.#onWake);
    document.removeEventListener('visibilitychange', this.#onWake);
  }

  #changed(what: Change = 'all'): void {
    this.version += 1;
    if (what !== 'figures') this.talk += 1;
    if (what === 'all') this.plan += 1;
  }

  #readData(): LiveData | null {
    const text = this.querySelector(':scope > script[type="application/json"]')?.textContent;
    return text ? (JSON.parse(text) as LiveData) : null;
  }

  get #preview() {
    return this.querySelector('sf-console-preview');
  }

  readonly #onWake = (): void => this.#session.wake();

  // Keys

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || this.dialog || this.talkDialog) return;
    const target = event.target as HTMLElement;
    const typing = target.matches('input:not([type=checkbox]), textarea, select') || target.isContentEditable;
    const action = actionOf(event, typing);
    if (!action) return;
    event.preventDefault();
    this.#act(action);
  };

  #act(action: Action): void {
    const rundown = this.querySelector('sf-console-rundown');
    const side = this.querySelector('sf-console-side');
    const { mayProduce } = this.#session;
    const { state } = this.#session.state;
    const acts: { readonly [Name in Action['name']]: () => void } = {
      product: () => rundown?.pressNumber((action as { index?: number }).index ?? -1),
      next: () => this.#show('rundown', () => rundown?.walk(1)),
      previous: () => this.#show('rundown', () => rundown?.walk(-1)),
      select: () => rundown?.selectFocused(),
      highlight: () => rundown?.highlightChosen(),
      takeDownAll: () => void this.#session.takeDownAll(),
      cue: () => (this.#session.mayModerate && state === 'live' ? void this.#session.plan.next() : undefined),
      moveUp: () => rundown?.moveFocused(-1),
      moveDown: () => rundown?.moveFocused(1),
      filter: () => this.#show('rundown', () => rundown?.focusFilter()),
      undo: () => void this.#session.undo(),
      chat: () => this.#show('chat', () => void side?.show('chat', 'composer')),
      messages: () => this.#show('chat', () => void side?.show('chat')),
      questions: () => this.#show('chat', () => void side?.show('questions')),
      polls: () => this.#show('chat', () => void side?.show('polls')),
      points: () => this.#show('chat', () => void side?.show('points')),
      auctions: () => this.#show('chat', () => void side?.show('auctions')),
      deals: () => (mayProduce ? this.#show('chat', () => void side?.show('deals')) : undefined),
      review: () => this.#show('chat', () => void side?.show('review')),
      pauseSelling: () => togglePause(this.#session),
      sound: () => this.#preview?.toggleSound(),
      start: () => (mayProduce && (state === 'draft' || state === 'scheduled') ? this.#open('start') : undefined),
      end: () => (mayProduce && state === 'live' ? this.#open('end') : undefined),
      help: () => this.#open('help'),
    };
    acts[action.name]();
  }

  /** Bring a part to the front, which on a phone may stand on another tab. */
  #show(tab: Tab, then: () => void): void {
    this.tab = tab;
    void this.updateComplete.then(then);
  }

  // Windows

  #open(dialog: DialogName): void {
    this.endWord = '';
    this.dialog = dialog;
  }

  readonly #close = (): void => {
    this.dialog = null;
    this.banned = null;
    const { talkDialog } = this;
    if (talkDialog?.name === 'answer' && !this.#memory.isSent) void this.#session.talk.stopAnswering(talkDialog.question.question_id);
    this.talkDialog = null;
    // A note that was shown over the window outlives it, and so does its undo.
    const notes = this.querySelector('dialog sf-toasts');
    if (notes) document.body.append(notes);
  };

  readonly #onWanted = (event: Event): void => {
    const { detail } = event as CustomEvent<TalkDialog>;
    const { name } = detail;
    this.#memory.begin(detail);
    this.#session.forget(placeOf(detail));
    if (name === 'words' || name === 'audit' || name === 'rules' || name === 'people') this.#session.talk.refresh(name);
    this.talkDialog = detail;
  };

  /** The key is shown for one look: in the next situation somebody else may be looking over the shoulder. */
  protected override willUpdate(): void {
    const phase = phaseOf(this.#session.state);
    if (phase !== this.#lastPhase) this.isRevealed = false;
    if (phase === 'ended' && this.#lastPhase !== 'ended') this.tab = 'show'; // what became of it
    this.#lastPhase = phase;
  }

  protected override updated(changed: PropertyValues): void {
    if (!(changed.has('dialog') && this.dialog) && !(changed.has('talkDialog') && this.talkDialog)) return;
    const window = this.querySelector<HTMLDialogElement>('dialog.sf-console-dialog');
    if (!window?.open) window?.showModal();
    else window.querySelector<HTMLElement>('[autofocus], [data-testid=dialog-cancel]')?.focus(); // another in its place
  }

  // Drawing

  override render() {
    const phase = phaseOf(this.#session.state);
    return html`
      <div class="sf-console" data-testid="console" data-phase=${phase} data-tab=${this.tab}>
        ${this.#renderBar(phase)} ${this.#renderTabs()}
        <div class="sf-console__onscreen">
          <div role="status">${renderOnScreen(this.#session)}</div>
          ${renderSelling(this.#session)}
        </div>
        <section class="sf-console__rundown" id="panel-rundown" aria-label=${t('rundown.title')}>
          <sf-console-rundown .session=${this.#session} .version=${this.plan}></sf-console-rundown>
        </section>
        <section class="sf-console__show" id="panel-show" aria-label=${t('tab.show')}>${this.#renderMiddle(phase)}</section>
        <section class="sf-console__chat" id="panel-chat" aria-label=${t('chat.title')}>
          <sf-console-side
            .session=${this.#session}
            .version=${this.talk}
            .author=${this.#writer.viewer?.name ?? ''}
            .role=${this.#writer.viewer?.role ?? ''}
            @ban-requested=${(event: CustomEvent<Message>) => {
              this.banned = event.detail;
              this.#open('ban');
            }}
          ></sf-console-side>
        </section>
      </div>
      ${this.#renderDialog()}
      ${this.talkDialog ? renderTalkDialog(this.talkDialog, this.#session, this.#memory, () => this.#changed(), this.#close) : nothing}
    `;
  }

  #renderBar(phase: Phase) {
    const { state } = this.#session;
    return html`<header class="sf-bar">
      <a class="sf-button sf-button--quiet sf-button--icon" href=${this.#session.allShowsHref} aria-label=${t('bar.back')}>
        ${icon('arrow-left')}
      </a>
      <h1 class="sf-bar__title sf-clip">${state.title || this.title}</h1>
      <span
        class="sf-badge sf-bar__state ${phase === 'live' || phase === 'paused' ? 'sf-badge--live' : ''}"
        data-testid="console-state"
        data-state=${state.state}
        >${phase === 'live' || phase === 'paused' ? icon('radio') : nothing}
        ${{
          waiting: t('state.before'),
          ready: t('state.ready'),
          live: t('state.live'),
          paused: t('state.paused'),
          ended: t('state.ended'),
        }[phase]}</span
      >
      <div class="sf-bar__end">
        <time class="sf-soft sf-small sf-figures sf-bar__clock" title=${this.timeZone ?? ''} data-testid="console-clock">
          ${ticking(() => whenText(new Date(this.#session.serverNowMs()), currentLanguage(), 'clock'))}
        </time>
        <button
          class="sf-button sf-button--quiet sf-button--icon sf-bar__keys"
          data-testid="console-keys"
          aria-label=${t('keys.title')}
          title="${t('keys.title')} (?)"
          @click=${() => this.#open('help')}
        >
          ${icon('keyboard')}
        </button>
        ${this.#session.studioHref && phase !== 'ended'
          ? html`<a class="sf-button sf-button--quiet sf-bar__view" href=${this.#session.studioHref} data-testid="to-studio">
              ${icon('user')} <span>${t('bar.studio')}</span>
            </a>`
          : nothing}
        <a class="sf-button sf-button--quiet sf-bar__view" href=${this.#session.path} target="_blank">
          ${icon('external-link')} <span>${t('bar.view')}</span>
        </a>
        ${this.#renderStartOrEnd(phase)}
      </div>
    </header>`;
  }

  #renderStartOrEnd(phase: Phase) {
    const busy = this.#session.isBusy('show');
    if (phase === 'ended' || !this.#session.state.loaded || !this.#session.mayProduce) return nothing;
    if (phase === 'waiting' || phase === 'ready') {
      return html`<button
        class="sf-button ${phase === 'ready' ? 'sf-button--primary' : ''}"
        data-testid="console-start"
        aria-busy=${busy}
        @click=${() => this.#open('start')}
      >
        ${icon('radio')} ${t('bar.start')}
      </button>`;
    }
    const isKey = (event: KeyboardEvent): boolean => event.key === 'Enter' || event.key === ' ';
    return html`<button
      class="sf-button sf-end ${this.isHeld ? 'sf-end--held' : ''}"
      data-testid="console-end"
      data-hold-ms=${HOLD_MS}
      title=${t('end.holdHint')}
      aria-busy=${busy}
      @pointerdown=${(event: PointerEvent) => {
        if (event.button === 0) this.#hold.press();
      }}
      @pointerleave=${() => this.#hold.leave()}
      @pointercancel=${() => this.#hold.leave()}
      @blur=${() => this.#hold.leave()}
      @click=${() => this.#hold.click()}
      @keydown=${(event: KeyboardEvent) => {
        if (!isKey(event)) return;
        event.preventDefault();
        this.#hold.press();
      }}
      @keyup=${(event: KeyboardEvent) => {
        if (isKey(event)) this.#hold.keyUp();
      }}
    >
      <span>${this.isHeld ? t('end.holding') : t('bar.end')}</span>
    </button>`;
  }

  #renderTabs() {
    const { mayModerate, talk } = this.#session;
    const waiting = mayModerate ? (talk.lists.review?.length ?? 0) : 0;
    const words = { rundown: t('tab.rundown'), show: t('tab.show'), chat: t('tab.chat') };
    return html`<nav class="sf-console__tabs" aria-label=${t('tab.label')}>
      ${TABS.map(
        (tab) => html`<button
          class="sf-tab"
          data-testid=${`tab-${tab}`}
          aria-pressed=${this.tab === tab}
          aria-controls=${`panel-${tab}`}
          @click=${() => (this.tab = tab)}
        >
          ${icon(TAB_ICONS[tab])} ${words[tab]}
          ${tab === 'chat' && waiting > 0 ? html`<span class="sf-badge sf-badge--warning" title=${t('review.title')}>${waiting}</span>` : nothing}
        </button>`,
      )}
    </nav>`;
  }

  #renderMiddle(phase: Phase) {
    const session = this.#session;
    const error = session.errorAt('show');
    const stream = {
      session,
      isRevealed: this.isRevealed,
      onReveal: () => (this.isRevealed = !this.isRevealed),
      onRotate: () => this.#open('rotate'),
    };
    return html`
      ${ticking(() => renderConnection(session))}
      ${error
        ? html`<p class="sf-notice sf-notice--danger" role="alert" data-testid="error-show">
            ${icon('circle-alert')} <span>${error}</span>
          </p>`
        : nothing}
      ${renderRefused(session.state.refused)}
      ${phase === 'ended' ? renderSummary(session) : nothing}
      ${phase === 'waiting' && session.state.loaded
        ? renderWaiting(stream)
        : html`<sf-console-preview
            ?hidden=${phase === 'ended'}
            .session=${session}
            .phase=${phase}
            .token=${() => this.#writer.freshToken()}
          ></sf-console-preview>`}
      ${phase === 'waiting' ? renderRestreams(session) : nothing}
      ${phase === 'ended' || (phase === 'waiting' && session.state.loaded)
        ? nothing
        : html`${renderHealth(session.state)} ${renderSources(session)} ${renderNumbers(session)} ${renderRestreams(session)}
            <sf-playback-quality .path=${session.path} .api=${this.#staff}></sf-playback-quality>
            <sf-health-curves .path=${session.path} .api=${this.#staff}></sf-health-curves>
            ${session.mayProduce
              ? html`<details class="sf-panel sf-stream__panel">
                  <summary>${icon('key-round')} ${t('stream.title')}</summary>
                  ${renderStream(stream)}
                </details>`
              : nothing}`}
    `;
  }

  #renderDialog() {
    const session = this.#session;
    switch (this.dialog) {
      case 'start':
        return renderStartDialog(session.state, () => void session.startShow(), this.#close);
      case 'end':
        return renderEndDialog(
          this.endWord,
          (word) => (this.endWord = word),
          () => void session.endShow(),
          this.#close,
        );
      case 'rotate':
        return renderRotateDialog(session.state, () => void session.rotateKey(), this.#close);
      case 'help':
        return renderHelpDialog(this.#close);
      case 'ban': {
        const message = this.banned;
        if (!message) return nothing;
        return renderBanDialog(message, (ban) => void session.ban(ban), this.#close);
      }
      default:
        return nothing;
    }
  }
}

/** Data that the server wrote into the page, so that the console is full when it is first drawn. */

define('sf-console-live', SfConsoleLive);

declare global {
  interface HTMLElementTagNameMap {
    'sf-console-live': SfConsoleLive;
  }
}
