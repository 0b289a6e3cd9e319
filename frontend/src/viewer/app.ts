/**
 * The viewer page's one state: the show at this picture, the player, the shop, the open sheet.
 * Elements draw it and call its verbs; they never talk to the network or to each other.
 */
import { Api, newKey } from '../api/client.ts';
import type { Mine, Product, Viewer } from '../api/types.ts';
import { Player } from '../player/index.ts';
import { ShowClock, type Place, type Span } from '../player/picture-time.ts';
import { TimelineClient, type ViewState } from '../timeline-client/index.ts';
import { scrollBehavior } from '../ui/motion.ts';
import { toast } from '../ui/toast.ts';
import { answersAbout, type Answer } from './product-answers.ts';
import { Bids } from './bids.ts';
import type { CheckoutFlow, FlowOptions } from './checkout-flow.ts';
import { isOver } from './curtain-kind.ts';
import { tokenOf, type ShowData } from './data.ts';
import { CartSync } from './cart-sync.ts';
import { requestedStart } from './start-moment.ts';
import { readMine } from './mine.ts';
import { PersonalNews } from './news.ts';
import { Panels, type Panel } from './panels.ts';
import { engineOf } from './picture-engine.ts';
import { takeReturn } from './payment-return.ts';
import { problemText } from './problem-text.ts';
import { isSamePause, Shop } from './shop.ts';
import { Signals } from './signals.ts';
import { Talk } from './talk/talk.ts';
import { Translations } from './talk/translations.ts';
import { Wallet } from './wallet.ts';

export type Topic = 'view' | 'player' | 'shop' | 'panel' | 'layout' | 'viewer' | 'talk';
export type Tab = 'chat' | 'questions' | 'products';

/** From this width on there is a column beside the picture; the style sheets hold the same number. */
const WIDE = '(width >= 64rem), (width >= 56.25rem) and (height > 31.25rem)';
/** A phone on its side: little height, and at most 1000 px of width. A tablet with an open keyboard is as low, but wider. */
const SIDEWAYS = '(35rem <= width < 64rem) and (height <= 31.25rem)';

/** Maximum number of messages in a view. In a fast show most of them are not drawn: this many cover some seconds. */
const MESSAGES_MAX = 1000;

/** Maximum time other loading waits for the first picture. */
const FIRST_PICTURE_WAIT_MS = 8_000;

/** What the app asks of the element that it lives in. */
export interface AppHost {
  /** A copy of the show's text as the server drew it. */
  aboutText(): Node | null;
  /** Fetch the code that the first picture did not need. */
  loadRest(): void;
}

/** Numbers the players of a page. */
let players = 0;

export class ViewerApp {
  readonly data: ShowData;
  readonly host: AppHost;
  readonly signals = new Signals();
  readonly #number = (players += 1);
  readonly #stop = new AbortController();
  readonly api: Api;
  readonly timeline: TimelineClient;
  readonly player: Player;
  readonly shop: Shop;
  readonly panels: Panels;
  readonly cartSync: CartSync;
  readonly wallet: Wallet;
  readonly talk: Talk;
  readonly bids: Bids;
  /** Null: nothing is translated here. */
  readonly translations: Translations | null;
  readonly news: PersonalNews;
  /** This person's own part in the show so far, asked for once; null: it is not known. */
  mine: Promise<Mine | null> = Promise.resolve(null);
  /** The show was over when the page was opened: the picture is the replay from its start. */
  readonly isReplay: boolean;
  tab: Tab = 'chat';
  isChatHidden = false;
  readonly #listeners = new Map<Topic, Set<() => void>>();
  readonly #wide = matchMedia(WIDE);
  readonly #sideways = matchMedia(SIDEWAYS);
  readonly #asideIds = new Set<string>();
  #before: ViewState;
  #isRewatching: boolean;
  /** The picture at which the replay is to begin, until it is there. */
  #beginMs: number | null = null;
  /** The recording's pictures when the page was last drawn for them. */
  #spans: readonly Span[] = [];
  #checkout: CheckoutFlow | null = null;
  #name: string | null;
  #isRestLoading = false;
  #shape: 'portrait' | 'landscape' | null = null;
  #openedMs = performance.now();

  constructor(data: ShowData, host: AppHost) {
    this.data = data;
    this.host = host;
    this.isReplay = data.state === 'ended';
    if (data.state === 'draft' || data.state === 'scheduled') this.tab = 'products'; // already to be seen
    this.#isRewatching = this.isReplay;
    this.api = new Api({ base: data.urls?.api ?? '/api/v1', auth: tokenOf(data), ...(data.language ? { language: data.language } : {}) });
    this.api.onAuth = (auth) => this.#authChanged(auth.viewer);
    const language = (data.language ?? '').slice(0, 2);
    this.timeline = new TimelineClient({
      snapshot: data,
      base: location.href,
      viewerId: () => this.viewer?.id ?? null,
      token: (renew) => (renew ? this.api.renewToken().then((auth) => auth.token) : this.api.freshToken()),
      tokenLeftMs: () => this.api.tokenLeftMs,
      language, session: newKey(),
      followsOwn: true,
      messagesMax: MESSAGES_MAX,
      onNoRight: () => location.replace(`${location.pathname}?right=over`), // the server shows the entrance
      // Stock levels before the snapshot are not sent again.
      onBegin: () => void this.shop.reloadProducts().catch(() => undefined),
    });
    this.#before = this.timeline.view;
    this.#name = this.viewer?.name ?? null;
    this.talk = new Talk({ timeline: this.timeline, viewer: () => this.viewer, isRecorded: () => this.isRecorded, onChange: () => this.#tell('talk') });
    this.bids = new Bids(this.timeline, () => this.#tell('talk'));
    this.translations = this.#translations(language);
    this.news = new PersonalNews(this, Date.parse(data.now));
    this.player = new Player(document.createElement('video'), {
      now: () => this.timeline.serverNowMs(),
      maySoundOnly: true, showStartMs: () => (this.view.startedAt === null ? null : Date.parse(this.view.startedAt)),
      ...engineOf(this.api, data, this.timeline),
    });
    this.shop = new Shop(
      this.api,
      { slug: data.slug, market: data.market ?? '', products: data.products, cart: data.cart, stock: () => this.timeline.view.stock },
      () => this.#tell('shop'),
      () => this.cartSync.tell(),
    );
    this.wallet = new Wallet(this.api, () => this.#tell('shop'));
    this.cartSync = new CartSync({ reload: () => this.#lookAtCart(), cartVersion: () => this.shop.cart.version, openedMs: Date.parse(data.now) });
    this.panels = new Panels(() => this.#tell('panel'), { key: String(this.#number), signal: this.#stop.signal });
  }

  /** The checkout of a buyer who comes back from their bank's page, until it is looked at. */
  returnedCheckout: string | null = null;

  /** The checkout, once its code is here: it comes with the element that draws it. */
  get checkout(): CheckoutFlow | null {
    return this.#checkout;
  }

  /** The one checkout of this player; `make` is its code's way to set it up. */
  checkoutBy(make: (api: Api, options: Omit<FlowOptions, 'gateway'>) => CheckoutFlow): CheckoutFlow {
    this.#checkout ??= make(this.api, {
      onChange: () => this.#tell('shop'),
      onOrdered: () => {
        this.cartSync.tell();
        return this.shop.reloadCart();
      },
      onKept: (lines) => {
        this.shop.keep(lines);
        this.cartSync.tell();
      },
      nowMs: () => this.timeline.serverNowMs(),
      testpayPath: this.data.urls?.testpay ?? null,
      wallet: this.wallet,
      seenPrice: (sku) => this.shop.variant(sku),
    });
    return this.#checkout;
  }

  start(): void {
    this.timeline.subscribe(() => this.#viewChanged());
    this.player.subscribe(() => this.#playerChanged());
    this.player.onPicture((pictureMs) => this.#reachPicture(pictureMs));
    const { signal } = this.#stop;
    for (const query of [this.#wide, this.#sideways]) query.addEventListener('change', () => this.#tell('layout'), { signal });
    if (this.data.entrance) return this.#comeBack();
    window.addEventListener('online', () => this.#wake(), { signal });
    document.addEventListener('visibilitychange', () => this.#seenAgain(), { signal });
    if (this.isReplay) {
      this.#beginMs = requestedStart(location.search, this.data);
      void this.timeline.loadHistory();
    }
    this.timeline.start();
    if (this.view.state === 'live' || this.isReplay) this.player.load(this.data.hls_url, this.isReplay ? 0 : null);
    else this.#reachPicture(null);
    setTimeout(() => this.#pictureOverdue(), FIRST_PICTURE_WAIT_MS + 100);
    this.mine = this.#loadMine();
    this.#comeBack();
    if (!this.data.cart) void this.shop.reloadCart().catch(() => undefined);
  }

  /** A buyer who was at their bank's page sees how it went. */
  #comeBack(): void {
    const found = takeReturn();
    if (!found) return;
    this.returnedCheckout = found.checkoutId;
    if (found.tab === 'products' || found.tab === 'questions') this.showTab(found.tab);
    this.openPanel({ kind: 'checkout' });
  }

  /** The player leaves the page. */
  stop(): void {
    this.#stop.abort();
    this.timeline.stop();
    this.player.destroy();
    this.cartSync.stop();
  }

  get view(): ViewState { return this.timeline.view; }
  get viewer(): Viewer | null {
    return this.api.viewer;
  }
  get isWide(): boolean { return this.#wide.matches; }
  get isSideways(): boolean { return this.#sideways.matches; }
  /** The picture's shape, as far as it is known. */
  get shape(): 'portrait' | 'landscape' | null {
    const { hasPicture, isPortrait } = this.player.state;
    if (!hasPicture && this.player.video.videoWidth === 0) return null;
    return isPortrait ? 'portrait' : 'landscape';
  }

  /** The products stand in a rail under the picture, and not in cards on it. */
  get hasRail(): boolean {
    return !this.isWide && !this.isSideways && this.shape !== 'portrait';
  }

  /** The id of an element in this player: no other player of the page has it. */
  id(name: string): string {
    return `sf-${this.#number}-${name}`;
  }

  /** Recorded pictures are shown: the show is over, and it is played from the recording. */
  get isRecorded(): boolean {
    return this.#isRewatching;
  }

  /** The picture that everything shown belongs to; without one to wait for, that of now. */
  get pictureMs(): number {
    const { pictureMs } = this.timeline;
    return pictureMs !== null && Number.isFinite(pictureMs) ? pictureMs : this.timeline.serverNowMs();
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** The clock that tells the time of a picture: chapters, answers, cards, marks and addresses lead to pictures by it. */
  get clock(): ShowClock {
    const { spans, isRecording } = this.player;
    return new ShowClock({ startedAt: this.view.startedAt, spans, isRecording });
  }

  /** Seconds from the show's start to the picture that is seen; null before there is one. */
  get showTimeS(): number | null {
    const picture = this.player.pictureTimeMs;
    return picture === null ? null : this.clock.showTimeS(picture);
  }

  /** What a buyer leaves who goes to the bank's page. */
  get place(): { momentS: number | null; tab: Tab } {
    return { momentS: this.player.isRecording ? this.showTimeS : null, tab: this.tab };
  }

  // --- products on the picture

  get cards(): { id: string; products: Product[]; isAside: boolean }[] {
    // The newest comes first: the host holds it up.
    return [...this.view.highlights].reverse().map((highlight) => ({
      id: highlight.id,
      isAside: this.#asideIds.has(highlight.id),
      products: highlight.productIds.flatMap((id) => this.shop.product(id) ?? []),
    }));
  }

  /** Each product that is on screen, the newest first. */
  get productsOnScreen(): readonly Product[] {
    return [...new Set(this.cards.flatMap(({ products }) => products))];
  }

  /** The way on after a purchase: to the show, whose ticket was bought at its entrance. */
  backToShow(): void {
    if (this.data.entrance) location.replace(location.pathname);
    else this.panels.closeAll();
  }

  setAside(highlightId: string, isAside: boolean): void {
    if (isAside) this.#asideIds.add(highlightId);
    else this.#asideIds.delete(highlightId);
    this.#tell('view');
  }

  /** The highlights up to this viewer's picture, each with its place; in a recording, those that it has a picture of. */
  get chapters(): (Place & { productIds: readonly string[] })[] {
    const { clock } = this;
    return this.view.chapters.flatMap(({ startedMs, endedMs, productIds }) => {
      const place = clock.placeOf(startedMs, endedMs);
      return place ? [{ ...place, productIds }] : [];
    });
  }

  /** The places at which a product was shown. */
  appearances(productId: string): Place[] {
    return this.chapters.filter(({ productIds }) => productIds.includes(productId));
  }

  /** The answers about a product, in the order of the show. */
  answers(productId: string): Answer[] {
    const served = this.data.products.find((product) => product.id === productId)?.answers ?? [];
    return answersAbout(productId, served, this.view, this.pictureMs);
  }

  // --- verbs

  openPanel(panel: Panel): void {
    if ((panel.kind === 'products' || panel.kind === 'questions') && this.isWide) {
      this.showTab(panel.kind);
      this.panels.closeAll();
      return;
    }
    this.panels.open(panel);
  }

  /** The viewer has it before their eyes: as the tab of the column, or as the open sheet. */
  isShown(tab: Tab): boolean {
    const { top } = this.panels;
    return top ? top.kind === tab : this.isWide && this.tab === tab;
  }

  showTab(tab: Tab): void {
    this.tab = tab;
    this.#tell('layout');
  }

  hideChat(isHidden: boolean): void {
    this.isChatHidden = isHidden;
    this.#tell('layout');
  }

  watchFrom(pictureMs: number): void {
    if (this.view.state === 'ended' && !this.player.isRecording) this.watchAgain(pictureMs);
    else if (!this.clock.placeOf(pictureMs) || !this.player.seekToPicture(pictureMs)) return;
    if (this.isWide) scrollTo({ top: 0, behavior: scrollBehavior() });
    else this.panels.closeAll();
  }

  /** The chat gets the focus. There is no element to return to a `FocusKeeper`. */
  focusChat(): null {
    this.signals.focusChat.send(undefined);
    return null;
  }

  /** How a vote, a question or a reaction that was not taken is told. */
  tellProblem(error: unknown): void {
    toast(problemText(error));
  }

  watchAgain(fromMs: number | null = null): void {
    this.#isRewatching = true;
    this.#beginMs = fromMs;
    void this.timeline.loadHistory();
    this.player.load(this.data.hls_url, 0);
    this.#tell('view');
  }

  /** Choose the viewer's name: messages from now on carry it. */
  async setName(name: string): Promise<void> {
    await this.api.setName(name);
    await this.timeline.tokenChanged();
  }

  // --- inside

  #seenAgain(): void {
    if (document.visibilityState !== 'visible') return;
    this.#wake();
    this.cartSync.seen();
  }

  #wake(): void {
    this.timeline.wake();
    this.player.wake();
  }

  /** Votes, held messages, a time-out from before this page was opened. */
  async #loadMine(): Promise<Mine | null> {
    const mine = await readMine(this.api, this.data.slug);
    if (mine) for (const part of [this.talk, this.bids]) part.adopt(mine);
    return mine;
  }

  /** Another page of this person may have bought the products of this cart. */
  #lookAtCart(): void {
    void this.shop.reloadCart().catch(() => undefined);
    void this.checkout?.look();
  }

  #translations(language: string): Translations | null {
    if (!this.data.features?.translation) return null;
    const path = (messageId: string) => `/shows/${this.data.slug}/messages/${messageId}/translation`;
    return new Translations({
      ask: async (messageId) => (await this.api.request<{ text: string }>(path(messageId), { method: 'POST', body: { language } })).text,
      onChange: () => this.#tell('talk'),
    });
  }

  /** A renewed token is told by the connection itself; another name has to be told now. */
  #authChanged(viewer: Viewer): void {
    if (viewer.name !== this.#name) {
      this.#name = viewer.name;
      void this.timeline.tokenChanged();
    }
    this.#tell('viewer');
  }

  #viewChanged(): void {
    const [before, now] = [this.#before, this.view];
    this.#before = now;
    if (before.state !== 'live' && now.state === 'live') {
      this.showTab('chat');
      this.#openedMs = performance.now();
      this.player.load(this.data.hls_url);
      this.#reachPicture(null);
    }
    if (before.broadcastLost && !now.broadcastLost && now.state === 'live') this.player.resumeBroadcast();
    const isKnown = (id: string) => this.shop.product(id) !== null;
    if (before.highlights !== now.highlights && !now.highlights.every((h) => h.productIds.every(isKnown))) {
      void this.shop.reloadProducts().catch(() => undefined); // put into the rundown after the page was opened
    }
    this.news.look();
    this.cartSync.look(this.timeline.own);
    this.#tell('view');
    this.#tell('talk');
    if (!isSamePause(before.selling, now.selling)) void Promise.all([this.shop.readTimers(), this.#checkout?.look()]);
    if (before.pricesSeq !== now.pricesSeq) void this.shop.readPrices().catch(() => undefined);
    if (before.stock === now.stock) return;
    this.#tell('shop');
    void this.shop.lookForNew().catch(() => undefined);
  }

  #playerChanged(): void {
    if (this.player.state.hasPicture) this.#loadRest();
    if (this.shape !== this.#shape) {
      this.#shape = this.shape;
      this.#tell('layout');
    }
    this.#beginWhereAsked();
    this.#placesChanged();
    if (this.#hasNoPictureToWaitFor) this.#reachPicture(null);
    this.#tell('player');
  }

  #pictureOverdue(): void {
    if (this.#stop.signal.aborted) return;
    this.#loadRest();
    this.#playerChanged();
  }

  #loadRest(): void {
    if (this.#isRestLoading) return;
    this.#isRestLoading = true;
    void this.wallet.load(); // a tap on *Buy now* must not wait for it
    this.host.loadRest();
  }

  /** The place of a picture is known as soon as the playlist is. */
  #beginWhereAsked(): void {
    const pictureMs = this.#beginMs;
    if (pictureMs === null || !this.player.isRecording || this.player.state.endS === 0 || this.player.spans.length === 0) return;
    this.#beginMs = null;
    if (this.clock.placeOf(pictureMs)) this.player.seekToPicture(pictureMs);
  }

  /** The playlist tells which pictures the recording has, and how its clock counts. */
  #placesChanged(): void {
    const spans = this.player.isRecording ? this.player.spans : [];
    if (spans === this.#spans || (spans.length === 0 && this.#spans.length === 0)) return;
    this.#spans = spans;
    this.#tell('view');
  }

  /** Before the show, behind a curtain and without a working player, things are shown when they happen. */
  get #hasNoPictureToWaitFor(): boolean {
    const { state, broadcastLost } = this.view;
    const { status, isDry, hasPicture } = this.player.state;
    if (!this.#isRewatching && isOver(this.view, this.player.state, false)) return true;
    if (state === 'draft' || state === 'scheduled' || status === 'failed') return true;
    // A picture that does not come must not keep chat and shop empty.
    if (state === 'live' && !hasPicture && performance.now() - this.#openedMs > FIRST_PICTURE_WAIT_MS) return true;
    return broadcastLost && (isDry || status === 'loading');
  }

  #reachPicture(pictureMs: number | null): void {
    this.timeline.setPicture(this.#hasNoPictureToWaitFor ? Number.POSITIVE_INFINITY : (pictureMs ?? this.player.pictureTimeMs));
  }

  #tell(topic: Topic): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }
}
