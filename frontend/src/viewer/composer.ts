/** `<sf-composer>`: one line to write in. A name is chosen on the spot; whatever goes wrong, the draft stays. */
import { html, nothing } from 'lit';
import { ApiError, newKey } from '../api/client.ts';
import { formatClock } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import { icon } from '../ui/icon.ts';
import { Redrawing } from '../ui/redrawing.ts';
import type { Topic } from './app.ts';
import { closedLine, emojiGrid, mentionList, quoteLine } from './composer-templates.ts';
import { AppElement } from './element.ts';
import { FocusKeeper } from './focus.ts';
import { loadElement } from './lazy.ts';
import { errorLine } from './shared-templates.ts';
import { nameProblemText, problemText } from './problem-text.ts';
import { unsent } from './talk/draft.ts';
import { mentionChoices, typedMention, withMention, type Typed } from './talk/mentions.ts';
import { isCountingDown } from './talk/writing.ts';

const TEXT_MAX = 200;
/** The rest of the characters is told when it becomes little. */
const TELL_FROM = 160;
const TICK_MS = 500;

export class SfComposer extends AppElement {
  static override topics: readonly Topic[] = ['view', 'viewer', 'layout', 'talk'];
  static override properties = {
    draft: { state: true },
    error: { state: true },
    isNaming: { state: true },
    nameError: { state: true },
    isBusy: { state: true },
    hasEmoji: { state: true },
    choice: { state: true },
    enteredAt: { state: true },
  };
  declare draft: string;
  declare error: string;
  declare isNaming: boolean;
  /** Why the name has to be another. */
  declare nameError: string;
  declare isBusy: boolean;
  declare hasEmoji: boolean;
  /** The place of the chosen name; -1 for none, and no list. */
  declare choice: number;
  /** When the field was entered last, ms; 0: never. */
  declare enteredAt: number;
  #messageId: string | null = null;
  #typed: Typed | null = null;
  #choices: readonly string[] = [];

  constructor() {
    super();
    new FocusKeeper(this, () => this.#focusTarget);
    new Redrawing(this, TICK_MS, () => isCountingDown(this.app.talk.writing));
    this.draft = '';
    this.error = '';
    this.isNaming = false;
    this.nameError = '';
    this.isBusy = false;
    this.hasEmoji = false;
    this.choice = -1;
    this.enteredAt = 0;
  }

  protected override appConnected(): void {
    this.listen(this.app.signals.focusComposer, () => void this.updateComplete.then(() => this.#focusTarget?.focus()));
  }

  override render() {
    const { writing } = this.app.talk;
    const waitS = writing.may === 'write' ? Math.ceil(writing.waitMs / 1000) : 0;
    this.dataset['waiting'] = String(waitS > 0);
    if (writing.may === 'not') return closedLine(this.app, writing);
    if (this.isNaming) {
      return html`<sf-name-form .error=${this.nameError} @named=${() => this.#named()} @left=${() => this.#leaveName()}></sf-name-form>`;
    }
    return this.#form(waitS, writing.onlyFor);
  }

  #form(waitS: number, onlyFor: 'customers' | 'trait' | null) {
    const { replyTo } = this.app.talk;
    return html`<form class="sf-composer" @submit=${(event: Event) => this.#submit(event)} novalidate>
      ${this.hasEmoji ? emojiGrid((emoji) => this.#insert(emoji), () => this.#closeEmoji()) : nothing}
      ${this.choice >= 0 ? mentionList(this.app, this.#choices, this.choice, (name) => this.#complete(name)) : nothing}
      ${replyTo ? quoteLine(replyTo, () => this.app.talk.reply(null)) : nothing}
      <div class="sf-composer__line">
        <label class="sf-visually-hidden" for=${this.app.id('message')}>${t('chat.message')}</label>
        <span class="sf-composer__field">
          ${this.#input()}
          <button
            type="button"
            class="sf-composer__emoji"
            data-testid="emoji-open"
            aria-label=${t('emoji')}
            aria-expanded=${this.hasEmoji}
            @click=${() => (this.hasEmoji ? this.#closeEmoji() : (this.hasEmoji = true))}
          >
            ${icon('smile')}
          </button>
        </span>
        ${this.#sendButton(waitS)}
      </div>
      ${errorLine(this.app, 'chat-error', this.error)}
      ${this.enteredAt > 0
        ? html`<sf-comment-codes at=${this.enteredAt} @chosen=${({ detail }: CustomEvent<string>) => this.#setDraft(detail, detail.length)}></sf-comment-codes>`
        : nothing}
      ${this.#notes(onlyFor)}
    </form>`;
  }

  #input() {
    const hasList = this.choice >= 0;
    return html`<input
      id=${this.app.id('message')}
      class="sf-input sf-composer__input"
      data-testid="chat-input"
      autocomplete="off"
      enterkeyhint="send"
      maxlength=${TEXT_MAX}
      placeholder=${t('chat.placeholder')}
      role="combobox"
      aria-autocomplete="list"
      aria-expanded=${hasList}
      aria-controls=${this.app.id('mentions')}
      aria-activedescendant=${hasList ? this.app.id(`mention-${this.choice}`) : nothing}
      aria-invalid=${this.error ? 'true' : 'false'}
      aria-describedby=${this.app.id('chat-error')}
      .value=${this.draft}
      @input=${(event: Event) => this.#written(event.target as HTMLInputElement)}
      @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      @focus=${() => this.#entered()}
      @blur=${() => (this.choice = -1)}
    />`;
  }

  /**
   * The button itself shows the wait; the draft can be written on meanwhile. The field keeps the focus, a
   * phone its keyboard, and the row its order while the button is pressed.
   */
  #sendButton(waitS: number) {
    return html`<button
      class="sf-button sf-button--primary sf-button--icon sf-composer__send"
      data-testid="chat-send"
      data-wait-s=${waitS}
      aria-label=${waitS > 0 ? t('chat.wait', { seconds: waitS }) : t('chat.send')}
      ?disabled=${this.isBusy || waitS > 0 || !this.draft.trim()}
      @mousedown=${(event: Event) => event.preventDefault()}
    >
      ${waitS > 0 ? html`<span class="sf-figures" data-testid="chat-wait">${waitS < 60 ? waitS : formatClock(waitS)}</span>` : icon('send')}
    </button>`;
  }

  #notes(onlyFor: 'customers' | 'trait' | null) {
    return html`
      ${this.draft.length >= TELL_FROM
        ? html`<p class="sf-help">${t('chat.characters', { count: this.draft.length, max: TEXT_MAX })}</p>`
        : nothing}
      ${onlyFor ? html`<p class="sf-help" data-testid="chat-only">${t(onlyFor === 'customers' ? 'chat.only-customers' : 'chat.only-some')}</p>` : nothing}
      ${this.#asWhom()}
    `;
  }

  #asWhom() {
    const { viewer, view, talk } = this.app;
    const slowS = talk.isStaff ? 0 : view.rules.slow_s;
    const name = viewer?.name;
    if (!name && slowS === 0) return nothing;
    return html`<p class="sf-composer__as">
      ${name ? html`<span class="sf-clip">${t('chat.as', { name })}</span>` : nothing}
      ${name && viewer.role === 'guest'
        ? html`<button type="button" class="sf-link sf-link--target" data-testid="chat-rename" @click=${() => this.#askName()}>${t('chat.name-change')}</button>`
        : nothing}
      ${slowS > 0 ? html`<span class="sf-clip" data-testid="slow-mode">${t('chat.slow', { seconds: slowS })}</span>` : nothing}
    </p>`;
  }

  get #field(): HTMLInputElement | null {
    return this.querySelector('.sf-composer__input');
  }

  /** The field, or the line that says why one cannot write. */
  get #focusTarget(): HTMLElement | null {
    return this.querySelector('.sf-composer__input, .sf-composer__closed');
  }

  // --- writing

  #written(input: HTMLInputElement): void {
    if (input.value !== this.draft) this.#messageId = null; // another text is another message
    this.draft = input.value;
    this.error = '';
    this.#typed = typedMention(this.draft, input.selectionStart ?? this.draft.length);
    this.#choices = this.#typed ? mentionChoices(this.app.view.messages, this.#typed.beginning, this.app.viewer?.id ?? null) : [];
    this.choice = this.#choices.length > 0 ? 0 : -1;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      if (this.choice < 0 && !this.hasEmoji && !this.app.talk.replyTo) return;
      event.preventDefault();
      if (this.choice >= 0) this.choice = -1;
      else if (this.hasEmoji) this.#closeEmoji();
      else this.app.talk.reply(null);
    } else if (this.choice >= 0) {
      this.#onListKey(event);
    }
  }

  #onListKey(event: KeyboardEvent): void {
    const count = this.#choices.length;
    const name = this.#choices[this.choice];
    if (event.key === 'ArrowDown') this.choice = (this.choice + 1) % count;
    else if (event.key === 'ArrowUp') this.choice = (this.choice + count - 1) % count;
    else if ((event.key === 'Enter' || event.key === 'Tab') && name !== undefined) this.#complete(name);
    else return;
    event.preventDefault();
  }

  #complete(name: string): void {
    if (!this.#typed) return;
    const { text, caret } = withMention(this.draft, this.#typed, name);
    this.choice = -1;
    this.#setDraft(text, caret);
  }

  #insert(emoji: string): void {
    const caret = this.#field?.selectionStart ?? this.draft.length;
    this.#setDraft(this.draft.slice(0, caret) + emoji + this.draft.slice(caret), caret + emoji.length);
  }

  #setDraft(text: string, caret: number): void {
    if (text.length > TEXT_MAX) return;
    this.draft = text;
    this.#messageId = null;
    void this.updateComplete.then(() => {
      this.#field?.focus();
      this.#field?.setSelectionRange(caret, caret);
    });
  }

  /** What can be bought by comment is read when somebody begins to write. */
  #entered(): void {
    this.enteredAt = performance.now();
    void loadElement('sf-comment-codes').catch(() => undefined); // a hint alone
  }

  #closeEmoji(): void {
    this.hasEmoji = false;
    this.#field?.focus();
  }

  // --- the name

  #askName(why = ''): void {
    this.error = '';
    this.nameError = why;
    this.isNaming = true;
  }

  #leaveName(): void {
    this.isNaming = false;
    void this.updateComplete.then(() => this.#field?.focus());
  }

  #named(): void {
    this.#leaveName();
    if (this.draft.trim()) void this.#send();
  }

  // --- sending

  #submit(event: Event): void {
    event.preventDefault();
    const { writing } = this.app.talk;
    if (!this.draft.trim() || this.isBusy || writing.may !== 'write' || writing.waitMs > 0) return;
    this.hasEmoji = false;
    if (this.app.viewer?.name) void this.#send();
    else this.#askName();
  }

  async #send(): Promise<void> {
    this.isBusy = true;
    this.error = '';
    // The same key for the same text: an answer that was lost on the way must not make two messages.
    this.#messageId ??= newKey();
    const text = this.draft.trim();
    try {
      if ((await this.app.talk.say(text, this.#messageId)) === 'held') this.app.signals.announce.send(t('held.waiting'));
      this.#messageId = null;
      this.draft = unsent(this.draft.trimStart(), text);
    } catch (error) {
      this.#explain(error);
    } finally {
      this.isBusy = false;
    }
  }

  #explain(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.field === 'name') this.#askName(nameProblemText(error));
    else if (error.status === 429) this.app.signals.announce.send(problemText(error)); // others see the countdown
    else this.error = problemText(error, 'chat.failed');
    // A message that was refused is not the one that is sent next.
    if (!error.isUncertain && error.status !== 429) this.#messageId = null;
  }
}
