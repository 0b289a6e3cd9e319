/** `<sf-live-region>`: tells a screen reader the important events, one at a time; see `Announcer`. */
import { nothing } from 'lit';
import { formatMoney } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { ViewState } from '../timeline-client/index.ts';
import { topmostModal } from '../ui/modal.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { Announcer } from './talk/announcer.ts';
import { concerns, isTeam } from './talk/lines.ts';

const LOOK_EVERY_MS = 1000;

export class SfLiveRegion extends AppElement {
  static override topics: readonly Topic[] = ['view'];
  readonly #announcer = new Announcer(Date.now(), (count) => t('said.messages', { count }));
  #before: ViewState | null = null;
  readonly #voice = document.createElement('p');

  constructor() {
    super();
    this.#voice.className = 'sf-visually-hidden';
    this.#voice.role = 'status';
    this.#voice.dataset['testid'] = 'said';
  }

  protected override appConnected(): void {
    this.listen(this.app.signals.announce, (text) => this.say(text));
    this.every(LOOK_EVERY_MS, () => this.#speak());
  }

  override render() {
    return nothing;
  }

  /** Also for news that the timeline does not tell: the state of something of one's own. */
  say(text: string): void {
    this.#announcer.news(text, Date.now());
  }

  /**
   * Outside of a modal sheet nothing is heard while it is open: the voice goes along. It speaks with the next look, for
   * a screen reader hears the changes of a region that it knows.
   */
  #speak(): void {
    const home = topmostModal() ?? this;
    if (this.#voice.parentElement !== home) {
      this.#voice.textContent = '';
      home.append(this.#voice);
      return;
    }
    const text = this.#announcer.next(Date.now());
    if (text !== null) this.#voice.textContent = text;
  }

  protected override willUpdate(): void {
    const [before, now] = [this.#before, this.app.view];
    this.#before = now;
    if (!before || before === now) return;
    this.#lookAtPolls(before, now);
    for (const { id, isOpen, body } of now.giveaways) if (isOpen && !before.giveaways.some((one) => one.id === id)) this.say(t('said.giveaway', { title: body.title }));
    this.#lookAtAuctions(before, now);
    this.#lookAtChat(before, now);
    if (now.pinned && now.pinned.messageId !== before.pinned?.messageId) {
      this.say(t('said.pinned', { name: now.pinned.author.name, text: now.pinned.text }));
    }
    if (now.announcement && now.announcement.id !== before.announcement?.id) this.say(now.announcement.text);
  }

  #lookAtPolls(before: ViewState, now: ViewState): void {
    if (before.polls === now.polls) return;
    const known = new Map(before.polls.map((poll) => [poll.id, poll]));
    for (const poll of now.polls) {
      const was = known.get(poll.id);
      if (!was && poll.isOpen) this.say(t('said.poll', { question: poll.question }));
      else if (was?.isOpen && !poll.isOpen) this.say(t('said.poll-closed', { question: poll.question }));
    }
  }

  /** Opening and result; prices change too often to be read out, and being outbid is told on its own. */
  #lookAtAuctions(before: ViewState, now: ViewState): void {
    const known = new Map(before.auctions.map(({ id, state }) => [id, state]));
    for (const { id, state, look, close } of now.auctions) {
      if (known.get(id) === state) continue;
      const { title, currency } = look;
      if (state === 'open') this.say(t('said.auction', { title }));
      else if (close?.result === 'sold' && known.has(id)) this.say(t('said.auction-sold', { title, amount: formatMoney(close.price ?? 0, currency), number: close.leader ?? 0 }));
    }
  }

  /** Messages of the team, and those that name this person, are read out; the others are only counted. */
  #lookAtChat(before: ViewState, now: ViewState): void {
    const last = before.messages.at(-1);
    if (before.messages === now.messages || now.messages.at(-1) === last) return;
    const from = last ? now.messages.indexOf(last) + 1 : 0;
    // A jump to another picture brings another chat: nothing of it is new.
    if (last && from === 0) return;
    const fresh = now.messages.slice(from);
    const viewerId = this.app.viewer?.id ?? null;
    const others = fresh.filter((message) => message.author.id !== viewerId);
    for (const message of others) {
      if (isTeam(message) || concerns(message, viewerId)) this.say(t('said.message', { name: message.author.name, text: message.text }));
    }
    this.#announcer.messages(others.length);
  }
}
