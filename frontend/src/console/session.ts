/**
 * One producer's session with one show: the known state (`state`), the running actions (`isBusy`), the errors
 * (`errorAt`). No DOM. The view calls the commands; the server's answers and the timeline change the state.
 */
import { newKey, type Api } from '../api/client.ts';
import type { ShowSnapshot } from '../api/types.ts';
import { BACKSTAGE, Follower, TimelineClient, backstageFrom, type Announcement, type BackstageDoc, type Pinned, type Question } from '../timeline-client/index.ts';
import {
  EMPTY,
  changeBetween,
  changeOfEntry,
  combined,
  highlightOf,
  onAir,
  type ConsoleReport,
  type ConsoleState,
  type Message,
  type PlanItem,
  type RundownItem,
  type SourceState,
  type StreamAddress,
} from './model.ts';
import type { CategoryChoice, CueView } from '../api/schema.ts';
import { askServer, categoriesOf, type Ask } from './product-search.ts';
import { Auctions } from './auctions.ts';
import { CommentBuying } from './comment-buying.ts';
import { DealActions } from './deal-actions.ts';
import { SellingActions } from './selling-actions.ts';
import { productPlace } from './places.ts';
import { PlanActions } from './plan-actions.ts';
import { inOrder } from './rundown.ts';
import { t } from './texts.ts';
import { ActionRunner, type ActionHooks } from './action-runner.ts';
import { Talk } from './talk.ts';
import type { UndoOffer } from './undo.ts';

export const POLL_MS = 2000;

export interface Ban {
  readonly message: Message;
  readonly reason: string;
  /** `null`: for good. */
  readonly minutes: number | null;
  /** The person's messages in this show are deleted, too. Lifting the ban does not bring them back. */
  readonly deletesMessages: boolean;
  /** The rule that they break. */
  readonly deleteReason: string;
}

export type SessionHooks = ActionHooks;

class Backstage extends Follower<BackstageDoc> {
  get state(): BackstageDoc {
    return this.doc;
  }
}

export class Session {
  state: ConsoleState = EMPTY;
  stream: StreamAddress | null = null;
  readonly slug: string;
  readonly #staff: Api;
  readonly #writer: Api;
  readonly #hooks: SessionHooks;
  readonly actions: ActionRunner;
  /** Chat, questions, polls and what waits for a moderator. */
  readonly talk: Talk;
  readonly auctions: Auctions;
  /** The items of the rundown and their turns. */
  readonly plan: PlanActions;
  readonly deals: DealActions;
  readonly comments: CommentBuying;
  readonly selling: SellingActions;
  #report: ConsoleReport | null = null;
  #reportedMs = 0;
  #clockOffsetMs = 0;
  #timeline: TimelineClient | null = null;
  #backstage: Backstage | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #brand = '';

  /** `staff` speaks with the browser's session, `writer` with a viewer token that carries the staff role. */
  constructor(slug: string, staff: Api, writer: Api, hooks: SessionHooks) {
    this.slug = slug;
    this.#staff = staff;
    this.#writer = writer;
    this.#hooks = hooks;
    this.actions = new ActionRunner(hooks);
    this.plan = new PlanActions(this.path, staff, this.actions, {
      state: () => this.state,
      takePlan: (plan) => this.#takePlan(plan),
      takeCue: (cue) => this.#takeCue(cue),
    });
    this.auctions = new Auctions(this.path, staff, this.actions, () => hooks.changed('talk'));
    this.talk = new Talk(this.path, staff, this.actions, () => hooks.changed('talk'), () => this.serverNowMs());
    this.deals = new DealActions(this.path, staff, this.actions, this.talk);
    this.comments = new CommentBuying(this.path, staff, this.actions);
    this.selling = new SellingActions(this.path, staff, this.actions, this.talk);
  }

  get path(): string {
    return `/shows/${encodeURIComponent(this.slug)}`;
  }

  /** The page with all shows of this brand. */
  get allShowsHref(): string {
    return this.#brand ? `/console/?brand=${encodeURIComponent(this.#brand)}` : '/console/';
  }

  // The known state

  /** Follows the show until `stop`. What the page brought along need not be fetched. */
  start(snapshot: ShowSnapshot | null, report: ConsoleReport | null): void {
    if (report) this.#takeReport(report);
    if (snapshot) this.#follow(snapshot);
    else void this.#fetchAndFollow();
    void this.#poll();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#timeline?.stop();
    this.#backstage?.stop();
    this.talk.stop();
    this.auctions.stop();
  }

  /** The network is back or the page is in front again: do not sit out the wait. */
  wake(): void {
    this.#timeline?.wake();
    this.#backstage?.wake();
  }

  serverNowMs(): number {
    return this.#timeline?.serverNowMs() ?? Date.now() + this.#clockOffsetMs;
  }

  /** The message that stands above the viewers' chat now. */
  get pinned(): Pinned | null {
    return this.#timeline?.view.pinned ?? null;
  }

  get announcement(): Announcement | null {
    return this.#timeline?.view.announcement ?? null;
  }

  /** The questions as viewers see them. */
  get questions(): readonly Question[] {
    return this.#timeline?.view.questions ?? [];
  }

  /** Seconds since the figures were last reported; what is shown is as old as that. */
  get ageS(): number {
    return this.#reportedMs ? (Date.now() - this.#reportedMs) / 1000 : 0;
  }

  /** False while the timeline is being reached: others' actions are not seen then. */
  get isFollowing(): boolean {
    return this.#timeline?.status === 'open';
  }

  loadEarlierChat(): Promise<boolean> {
    return this.actions.run('chat', async () => this.#timeline?.loadHistory());
  }

  async #fetchAndFollow(): Promise<void> {
    await this.actions.run('snapshot', async () => {
      this.#follow(await this.#staff.request<ShowSnapshot>(this.path));
    });
    if (!this.#timeline && !this.#stopped) setTimeout(() => void this.#fetchAndFollow(), POLL_MS);
  }

  #follow(snapshot: ShowSnapshot): void {
    if (this.#stopped) return;
    this.#brand = snapshot.brand.slug;
    const timeline = new TimelineClient({
      snapshot,
      base: location.href,
      viewerId: () => this.#writer.viewer?.id ?? null,
      token: (renew) => this.#token(renew),
      tokenLeftMs: () => this.#writer.tokenLeftMs,
    });
    this.#timeline = timeline;
    // A producer works ahead of the picture: everything is shown at once.
    timeline.setPicture(Number.POSITIVE_INFINITY);
    timeline.subscribe(() => this.#combine());
    timeline.start();
    this.#followBackstage(snapshot);
    this.talk.start(snapshot.brand.slug);
    this.#combine();
  }

  /** The timeline of moderators' own work; only staff may follow it. */
  #followBackstage(snapshot: ShowSnapshot): void {
    const backstage = new Backstage(backstageFrom({ seq: 0, epoch: '' }), BACKSTAGE, {
      url: `${snapshot.timeline.url}/backstage`,
      base: location.href,
      token: (renew) => this.#token(renew),
      tokenLeftMs: () => this.#writer.tokenLeftMs,
    });
    this.#backstage = backstage;
    backstage.subscribe(() => this.talk.watchBackstage(backstage.state));
    backstage.start();
  }

  async #token(renew: boolean): Promise<string | null> {
    return renew ? (await this.#writer.renewToken()).token : this.#writer.freshToken();
  }

  #combine(): void {
    const before = this.state;
    this.state = combined(this.#report, this.#timeline);
    if (this.#timeline) {
      this.talk.watch(this.#timeline.view);
      if (this.mayModerate) this.auctions.watch(this.#timeline.view);
    }
    this.#hooks.changed(changeOfEntry(before, this.state));
  }

  /** A failure is shown by the age of the figures, and tried again. */
  async #poll(): Promise<void> {
    await this.actions.runInBackground('poll', async () => {
      this.#takeReport(await this.#staff.request<ConsoleReport>(`${this.path}/console`));
    });
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  #takeReport(report: ConsoleReport): void {
    const change = changeBetween(this.#report, report);
    this.#report = report;
    this.#reportedMs = Date.now();
    this.#clockOffsetMs = (Date.parse(report.now) || Date.now()) - Date.now();
    if (change === 'none') return;
    this.state = combined(report, this.#timeline);
    this.#hooks.changed(change === 'figures' ? 'figures' : undefined);
  }

  // Rights. The server decides; the console leaves out actions that it would refuse.

  get mayProduce(): boolean {
    return ['owner', 'producer'].includes(this.#role);
  }

  /** The host's own page; empty for who may not send. */
  get studioHref(): string {
    return this.mayProduce || this.#role === 'host' ? `/studio/${encodeURIComponent(this.slug)}` : '';
  }

  get mayModerate(): boolean {
    return this.mayProduce || this.#role === 'moderator';
  }

  /** Erasing a person is the owner's alone. */
  get mayErase(): boolean {
    return this.#role === 'owner';
  }

  get #role(): string {
    return this.#writer.viewer?.role ?? '';
  }

  // The running actions

  isBusy(place: string): boolean {
    return this.actions.isBusy(place);
  }

  errorAt(place: string): string | undefined {
    return this.actions.errorAt(place);
  }

  wrongField(place: string): string | undefined {
    return this.actions.wrongField(place);
  }

  forget(place: string): void {
    this.actions.forget(place);
  }

  undo(wanted?: UndoOffer): Promise<boolean> {
    return this.actions.undo(wanted);
  }

  // Products

  /** Puts products on screen, in place of what is there, from the picture that the producer sees now. */
  highlight(productIds: readonly string[]): Promise<boolean> {
    const before = onAir(this.state)[0]?.productIds;
    return this.actions.runUndoable(productPlace(productIds), async () => {
      const id = await this.#putOnScreen(productIds);
      this.actions.offer(t('rundown.isOnAir', { name: this.#names(productIds) }), async () => {
        if (before) await this.#putOnScreen(before);
        else await this.#takeOffScreen(id);
      });
    });
  }

  takeDown(highlightId: string): Promise<boolean> {
    const productIds = onAir(this.state).find((one) => one.id === highlightId)?.productIds ?? [];
    return this.actions.runUndoable(productPlace(productIds), async () => {
      await this.#takeOffScreen(highlightId);
      this.actions.offer(t('rundown.isDown', { name: this.#names(productIds) }), async () => {
        await this.#putOnScreen(productIds);
      });
    });
  }

  /** The action of a product's big button: on screen, or off again. */
  toggleProduct(productId: string): Promise<boolean> {
    const running = highlightOf(this.state, productId);
    return running ? this.takeDown(running.id) : this.highlight([productId]);
  }

  async takeDownAll(): Promise<void> {
    for (const running of onAir(this.state)) await this.takeDown(running.id);
  }

  async #putOnScreen(productIds: readonly string[]): Promise<string> {
    const answer = await this.#staff.request<{ highlight_id: string }>(`${this.path}/highlights`, {
      method: 'POST',
      body: { product_ids: productIds, ...this.actions.picture() },
    });
    return answer.highlight_id;
  }

  async #takeOffScreen(highlightId: string): Promise<void> {
    await this.#staff.request(`${this.path}/highlights/${highlightId}${this.actions.pictureQuery()}`, { method: 'DELETE' });
  }

  #names(productIds: readonly string[]): string {
    const names = this.state.rundown.filter((item) => productIds.includes(item.product_id)).map((item) => item.name);
    return names.join(' + ') || t('rundown.product');
  }

  reorder(order: readonly string[]): Promise<boolean> {
    const before = this.state.rundown.map((item) => item.product_id);
    return this.actions.runUndoable('rundown', async () => {
      await this.#putOrder(order);
      this.actions.offer(t('rundown.reordered'), () => this.#putOrder(before));
    });
  }

  async #putOrder(order: readonly string[]): Promise<void> {
    await this.#staff.request(`${this.path}/rundown`, { method: 'PUT', body: { product_ids: order } });
    if (this.#report) this.#report = { ...this.#report, rundown: inOrder(this.#report.rundown, order) };
    this.#combine();
  }

  #takePlan(plan: readonly PlanItem[]): void {
    if (!this.#report) return;
    const order = plan.filter(({ kind }) => kind === 'product').map(({ ref }) => ref ?? '');
    this.#report = { ...this.#report, plan, rundown: inOrder(this.#report.rundown, order) };
    this.#combine();
  }

  #takeCue(cue: CueView | null): void {
    if (this.#report) this.#report = { ...this.#report, cue };
    this.#combine();
  }

  /** The search of the brand's products. */
  findProducts(): Ask {
    return askServer(this.#staff, this.#brand);
  }

  /** The brand's categories, to look for products in. */
  categories(): Promise<readonly CategoryChoice[]> {
    return categoriesOf(this.#staff, this.#brand);
  }

  addToRundown(productId: string, name: string): Promise<boolean> {
    return this.actions.runUndoable(addPlace(productId), async () => {
      await this.#changeRundown('POST', '', { product_ids: [productId] });
      this.actions.offer(t('add.done', { name }), () => this.#changeRundown('DELETE', `/${productId}`));
    });
  }

  async #changeRundown(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const rundown = await this.#staff.request<readonly RundownItem[]>(`${this.path}/rundown/items${path}`, { method, body });
    if (this.#report) this.#report = { ...this.#report, rundown };
    this.#combine();
  }

  // The show itself

  startShow(): Promise<boolean> {
    return this.actions.run('show', async () => {
      await this.#staff.request(`${this.path}/start`, { method: 'POST', body: {} });
      this.#hooks.done(t('show.started'));
    });
  }

  endShow(): Promise<boolean> {
    return this.actions.run('show', async () => {
      await this.#staff.request(`${this.path}/end`, { method: 'POST', body: {} });
      this.#hooks.done(t('show.ended'));
    });
  }

  loadStream(): Promise<boolean> {
    return this.actions.run('stream', async () => {
      this.stream = await this.#staff.request<StreamAddress>(`${this.path}/stream-key`);
    });
  }

  rotateKey(): Promise<boolean> {
    return this.actions.run('stream', async () => {
      this.stream = await this.#staff.request<StreamAddress>(`${this.path}/stream-key/rotate`, {
        method: 'POST',
        body: {},
      });
      this.#hooks.done(t('stream.rotated'));
    });
  }

  /** Has the show take its encoder by SRT too, or no longer. */
  setSrt(isWanted: boolean): Promise<boolean> {
    return this.actions.run('stream', async () => {
      this.stream = await this.#staff.request<StreamAddress>(`${this.path}/srt`, {
        method: 'PUT',
        body: { is_wanted: isWanted },
      });
    });
  }

  /** Sends the show to a destination, too, while it is live; or no longer. */
  setRestream(destinationId: string, isWanted: boolean): Promise<boolean> {
    return this.actions.run(`restream:${destinationId}`, async () => {
      await this.#staff.request(`${this.path}/restreams/${destinationId}`, {
        method: 'PUT',
        body: { is_wanted: isWanted },
      });
      this.#takeReport(await this.#staff.request<ConsoleReport>(`${this.path}/console`));
    });
  }

  /** Puts an encoder on air; null lets the server choose again. */
  chooseSource(source: SourceState['role'] | null): Promise<boolean> {
    return this.actions.run('source', async () => {
      await this.#staff.request(`${this.path}/source`, { method: 'PUT', body: { source } });
      this.#hooks.done(t(source ? 'sources.chosen' : 'sources.released'));
    });
  }

  // The chat

  say(words: string): Promise<boolean> {
    const clientId = newKey();
    return this.actions.run('say', async () => {
      await this.#writer.request(`${this.path}/messages`, {
        method: 'POST',
        body: { client_id: clientId, text: words },
      });
    });
  }

  /** The rule that the next deletions name; the authors read it. */
  deleteReason = 'rules';

  deleteMessage(message: Message): Promise<boolean> {
    return this.actions.run(messagePlace(message), async () => {
      await this.#staff.request(`${this.path}/messages/${message.id}?reason=${this.deleteReason}`, { method: 'DELETE' });
      this.#hooks.done(t('chat.deleted', { name: message.author.name }));
    });
  }

  ban({ message, reason, minutes, deletesMessages, deleteReason }: Ban): Promise<boolean> {
    return this.actions.runUndoable(messagePlace(message), async () => {
      const body = { message_id: message.id, reason, minutes, delete_messages: deletesMessages, delete_reason: deleteReason };
      await this.#staff.request(`${this.path}/bans`, { method: 'POST', body });
      this.talk.offerUndo(t('chat.banned', { name: message.author.name }), 'ban', message.author.id);
    });
  }
}

export function messagePlace(message: Message): string {
  return `message:${message.id}`;
}

export function addPlace(productId: string): string {
  return `add:${productId}`;
}
