/** `<sf-live-region>`: tells a screen reader the important events, one at a time; see `Announcer`. */
import { nothing } from 'lit';
import type { ViewState } from '../timeline-client/index.ts';
import { topmostModal } from '../ui/modal.ts';
import type { Topic } from './app.ts';
import { AppElement } from './element.ts';
import { Jumps } from './jumps.ts';
import { freshMessages, newsBetween } from './said.ts';
import { say } from './said-texts/index.ts';
import { Announcer } from './talk/announcer.ts';

const LOOK_EVERY_MS = 1000;

export class SfLiveRegion extends AppElement {
  static override topics: readonly Topic[] = ['view'];
  readonly #announcer = new Announcer(Date.now(), (count) => say('messages', { count }));
  readonly #jumps = new Jumps();
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
    this.every(LOOK_EVERY_MS, () => {
      this.#hasJumped();
      this.#speak();
    });
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

  /** The view of a picture that was jumped to is another one, and no news. */
  #hasJumped(): boolean {
    return this.#jumps.look(this.app.pictureMs, Date.now());
  }

  protected override willUpdate(): void {
    const [before, now] = [this.#before, this.app.view];
    this.#before = now;
    if (!before || before === now || this.#hasJumped()) return;
    const viewerId = this.app.viewer?.id ?? null;
    for (const text of newsBetween(before, now, { viewerId, isRecorded: this.app.isRecorded })) this.say(text);
    this.#announcer.messages(freshMessages(before, now, viewerId).length);
  }
}

export const elements = { 'sf-live-region': SfLiveRegion };
