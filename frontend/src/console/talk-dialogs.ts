/** The windows of everything that is said: banner, who may write, word rules, log, measures, polls, written answers. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatTime } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { frame, renderForm } from './dialogs.ts';
import type { Message } from './model.ts';
import type { Measure, PollDraft, StaffPoll, StaffQuestion, Talk, WordAction, WordTest } from './talk.ts';
import type { Session } from './session.ts';
import { t } from './texts.ts';

export type TalkDialog =
  | { readonly name: 'announce' | 'rules' | 'words' | 'audit' }
  | { readonly name: 'measure'; readonly message: Message }
  | { readonly name: 'answer'; readonly question: StaffQuestion }
  | { readonly name: 'poll'; readonly poll: StaffPoll | null }
  | { readonly name: 'openPoll'; readonly poll: StaffPoll };

/** Asks the console for a window. */
export function want(from: HTMLElement, dialog: TalkDialog): void {
  from.dispatchEvent(new CustomEvent<TalkDialog>('talk-dialog', { detail: dialog, bubbles: true }));
}

const OPTIONS_MAX = 8;

/** What is typed while a window is open and must survive a redraw. */
export class DialogMemory {
  options = 2;
  isQuiz = false;
  tested: WordTest | null = null;

  begin(dialog: TalkDialog): void {
    this.tested = null;
    this.options = dialog.name === 'poll' ? Math.max(2, dialog.poll?.options.length ?? 2) : 2;
    this.isQuiz = dialog.name === 'poll' && (dialog.poll?.is_quiz ?? false);
  }
}

export function renderTalkDialog(
  dialog: TalkDialog,
  session: Session,
  memory: DialogMemory,
  redraw: () => void,
  onClose: () => void,
): TemplateResult {
  const { talk } = session;
  switch (dialog.name) {
    case 'announce':
      return frame('announce', t('announcement.title'), renderForm(announceFields(), submit(t('announcement.show')), (data) => void talk.announce(text(data, 'text'), text(data, 'url'))), onClose);
    case 'rules':
      return frame('rules', t('rules.title'), renderForm(rulesFields(talk), submit(t('rules.save')), (data) => void saveRules(talk, data)), onClose);
    case 'words':
      return frame('words', t('words.title'), wordsBody(session, memory, redraw), onClose);
    case 'audit':
      return frame('audit', t('audit.title'), auditBody(session), onClose);
    case 'measure':
      return frame('measure', t('measure.title', { name: dialog.message.author.name || t('chat.guest') }), renderForm(measureFields(dialog.message), submit(t('measure.confirm')), (data) => void takeMeasure(talk, dialog.message, data)), onClose);
    case 'answer':
      return frame('answer', t('questions.write'), renderForm(answerFields(dialog.question), submit(t('questions.send')), (data) => void talk.answerInWriting(dialog.question.question_id, text(data, 'text'), data.get('to') === 'asker')), onClose);
    case 'poll':
      return frame('poll', dialog.poll ? t('polls.edit') : t('polls.make'), renderForm(pollFields(dialog.poll, memory, redraw), submit(t('polls.save')), (data) => void talk.savePoll(pollOf(data, memory), dialog.poll?.poll_id ?? null)), onClose);
    case 'openPoll':
      return frame('openPoll', dialog.poll.question, renderForm(openFields(talk), submit(t('polls.open')), (data) => void talk.openPollNow(dialog.poll.poll_id, Number(data.get('seconds')) || null)), onClose);
  }
}

function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

function submit(words: string) {
  return html`<button class="sf-button sf-button--primary" data-testid="dialog-confirm">${words}</button>`;
}

function choices(name: string, legend: string, options: readonly { value: string; words: string }[], chosen: string) {
  return html`<fieldset class="sf-field">
    <legend class="sf-field__label">${legend}</legend>
    <div class="sf-choices">
      ${options.map(
        ({ value, words }) => html`<label class="sf-choice"
          ><input type="radio" name=${name} value=${value} data-testid=${`${name}-${value}`} ?checked=${value === chosen} /><span>${words}</span></label
        >`,
      )}
    </div>
  </fieldset>`;
}

function check(name: string, words: string, isOn = false, onChange?: (isOn: boolean) => void) {
  return html`<label class="sf-check"
    ><input type="checkbox" name=${name} data-testid=${name} ?checked=${isOn} @change=${(event: Event) => onChange?.((event.target as HTMLInputElement).checked)} /><span>${words}</span></label
  >`;
}

// The banner

function announceFields() {
  return html`<p class="sf-soft sf-small">${t('announcement.words')}</p>
    <div class="sf-field">
      <label for="sf-announce-text">${t('announcement.text')}</label>
      <input id="sf-announce-text" class="sf-input" name="text" maxlength="200" required autofocus data-testid="announcement-text" />
    </div>
    <div class="sf-field">
      <label for="sf-announce-url">${t('announcement.url')}</label>
      <input id="sf-announce-url" class="sf-input" name="url" type="url" maxlength="200" placeholder="https://" data-testid="announcement-url" />
    </div>`;
}

// Who may write

const SLOW_S = [0, 5, 10, 30, 60, 120] as const;

function rulesFields(talk: Talk) {
  const { rules } = talk.lists;
  if (!rules) return html`<p class="sf-soft">${t('loading')}</p>`;
  const modes = [
    { value: 'everyone', words: t('rules.mode.everyone') },
    { value: 'signed_in', words: t('rules.mode.signedIn') },
    { value: 'customers', words: t('rules.mode.customers') },
    { value: 'trait', words: t('rules.mode.trait') },
    { value: 'staff', words: t('rules.mode.staff') },
  ];
  return html`${choices('mode', t('rules.mode'), modes, rules.mode)}
    <div class="sf-field">
      <label for="sf-rules-trait">${t('rules.trait')}</label>
      <input id="sf-rules-trait" class="sf-input" name="trait" maxlength="40" .value=${rules.trait ?? ''} aria-describedby="sf-rules-trait-help" />
      <p class="sf-help" id="sf-rules-trait-help">${t('rules.traitHelp')}</p>
    </div>
    <div class="sf-field">
      <label for="sf-rules-slow">${t('rules.slow')}</label>
      <select id="sf-rules-slow" class="sf-input" name="slow_s" data-testid="slow_s">
        ${[...new Set<number>([...SLOW_S, rules.slow_s])].toSorted((a, b) => a - b).map((s) => html`<option value=${s} ?selected=${s === rules.slow_s}>${s === 0 ? t('rules.slowOff') : t('rules.slowS', { count: s })}</option>`)}
      </select>
    </div>
    ${check('holds_links', t('rules.holdsLinks'), rules.holds_links)} ${check('holds_first', t('rules.holdsFirst'), rules.holds_first)}`;
}

function saveRules(talk: Talk, data: FormData): Promise<boolean> {
  const mode = text(data, 'mode');
  return talk.saveRules({
    mode: mode as 'everyone',
    trait: mode === 'trait' ? text(data, 'trait') : null,
    slow_s: Number(data.get('slow_s')),
    holds_links: data.has('holds_links'),
    holds_first: data.has('holds_first'),
  });
}

// Word rules

function actionWords(action: WordAction | 'show'): string {
  return { block: t('words.block'), hold: t('words.hold'), replace: t('words.replace'), flag: t('words.flag'), show: t('words.show') }[action];
}

function wordsBody(session: Session, memory: DialogMemory, redraw: () => void) {
  const { talk } = session;
  const error = session.errorAt('words') ?? session.errorAt('list:words') ?? session.errorAt('words:test');
  const actions: readonly WordAction[] = ['block', 'hold', 'replace', 'flag'];
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const rule = { pattern: text(data, 'pattern'), language: text(data, 'language'), action: text(data, 'action') as WordAction, replacement: text(data, 'replacement'), catches_variants: data.has('variants') };
    void talk.addWord(rule).then((done) => {
      if (done) form.reset();
    });
  };
  const test = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    void talk.testWords(text(data, 'text'), '').then((result) => {
      memory.tested = result;
      redraw();
    });
  };
  return html`<div class="sf-stack">
    <p class="sf-soft sf-small">${t('words.words')}</p>
    ${error ? html`<p class="sf-error" role="alert">${icon('circle-alert')} <span>${error}</span></p>` : nothing}
    <form class="sf-words__add" @submit=${add}>
      <input class="sf-input" name="pattern" required maxlength="80" aria-label=${t('words.pattern')} placeholder=${t('words.pattern')} data-testid="word-pattern" />
      <select class="sf-input" name="action" aria-label=${t('words.action')} data-testid="word-action">${actions.map((one) => html`<option value=${one}>${actionWords(one)}</option>`)}</select>
      <input class="sf-input" name="replacement" maxlength="40" aria-label=${t('words.replacement')} placeholder=${t('words.replacement')} />
      <input class="sf-input" name="language" maxlength="10" aria-label=${t('words.language')} placeholder=${t('words.language')} />
      ${check('variants', t('words.variants'), true)}
      <button class="sf-button" data-testid="word-add" aria-busy=${session.isBusy('words')}>${icon('plus')} ${t('words.add')}</button>
    </form>
    ${talk.lists.words?.length === 0 ? html`<p class="sf-soft">${t('words.empty')}</p>` : nothing}
    <ul class="sf-words__list" tabindex="0" aria-label=${t('words.title')}>
      ${(talk.lists.words ?? []).map(
        (rule) => html`<li>
          <span class="sf-clip" dir="auto">${rule.pattern}</span> <span class="sf-badge">${actionWords(rule.action)}${rule.replacement ? ` → ${rule.replacement}` : ''}</span>
          ${rule.language ? html`<span class="sf-badge">${rule.language}</span>` : nothing}
          <button class="sf-button sf-button--quiet sf-button--small sf-button--icon" aria-label=${t('words.delete', { pattern: rule.pattern })} @click=${() => void talk.deleteWord(rule)}>${icon('trash-2')}</button>
        </li>`,
      )}
    </ul>
    <form class="sf-row" @submit=${test}>
      <input class="sf-input" name="text" required maxlength="200" aria-label=${t('words.test')} placeholder=${t('words.test')} data-testid="word-test" />
      <button class="sf-button" data-testid="word-test-go">${t('words.try')}</button>
    </form>
    ${memory.tested
      ? html`<p class="sf-notice" role="status" data-testid="word-tested"><span dir="auto"><strong>${actionWords(memory.tested.action)}</strong> ${memory.tested.text}</span></p>`
      : nothing}
    ${closing()}
  </div>`;
}

// The log

function auditBody(session: Session) {
  const lines = session.talk.lists.audit;
  return html`<div class="sf-stack">
    ${lines?.length === 0 ? html`<p class="sf-soft">${t('audit.empty')}</p>` : nothing}
    <ol class="sf-audit" tabindex="0" aria-label=${t('audit.title')}>
      ${(lines ?? []).map(
        (line) => html`<li data-testid=${`audit-${line.id}`}>
          <time class="sf-figures sf-soft" datetime=${line.at}>${formatTime(line.at)}</time>
          <span><strong>${line.actor}</strong> ${auditWords(line.action)} ${line.target_name}${line.reason ? html` <span class="sf-soft">(${line.reason})</span>` : nothing}</span>
          ${line.undone
            ? html`<span class="sf-badge">${t('audit.undone')}</span>`
            : line.can_undo
              ? html`<button class="sf-link" data-testid=${`audit-undo-${line.id}`} aria-busy=${session.isBusy(`audit:${line.id}`)} @click=${() => void session.talk.undoAudited(line.id)}>${t('undo.action')}</button>`
              : nothing}
          ${session.errorAt(`audit:${line.id}`) ? html`<span class="sf-error" role="alert">${session.errorAt(`audit:${line.id}`)}</span>` : nothing}
        </li>`,
      )}
    </ol>
    ${closing()}
  </div>`;
}

/** `ban`, `message.deleted`, …: what we know in words, what a newer server adds by its name. */
function auditWords(action: string): string {
  const known: Readonly<Record<string, string>> = {
    ban: t('audit.ban'),
    'ban.lifted': t('audit.banLifted'),
    'message.deleted': t('audit.deleted'),
    warning: t('audit.warning'),
    time_out: t('audit.timeOut'),
    shadow: t('audit.shadow'),
    'shield.on': t('audit.shieldOn'),
    'shield.off': t('audit.shieldOff'),
    'rules.changed': t('audit.rules'),
    'review.approved': t('audit.approved'),
    'review.declined': t('audit.declined'),
    pin: t('audit.pin'),
    undo: t('audit.undo'),
  };
  return known[action] ?? action;
}

function closing() {
  return html`<form method="dialog" class="sf-console-dialog__acts"><button class="sf-button" data-testid="dialog-cancel">${t('dialog.close')}</button></form>`;
}

// Measures

function measureFields(message: Message) {
  const kinds = [
    { value: 'warnings', words: t('measure.warn') },
    { value: 'time-outs', words: t('measure.timeOut') },
    { value: 'shadows', words: t('measure.shadow') },
  ];
  const times = [
    { value: '1', words: t('measure.minute') },
    { value: '10', words: t('ban.tenMinutes') },
    { value: '60', words: t('ban.hour') },
  ];
  return html`<blockquote class="sf-console-dialog__quote" dir="auto">${message.text}</blockquote>
    ${choices('kind', t('measure.kind'), kinds, 'warnings')}
    <p class="sf-soft sf-small">${t('measure.words')}</p>
    ${choices('minutes', t('ban.howLong'), times, '10')}
    <div class="sf-field">
      <label for="sf-measure-reason">${t('measure.reason')}</label>
      <input id="sf-measure-reason" class="sf-input" name="reason" maxlength="200" data-testid="measure-reason" />
    </div>`;
}

function takeMeasure(talk: Talk, message: Message, data: FormData): Promise<boolean> {
  const whom = { messageId: message.id, name: message.author.name };
  return talk.measure(text(data, 'kind') as Measure, whom, Number(data.get('minutes')), text(data, 'reason'));
}

// Answers and polls

function answerFields(question: StaffQuestion) {
  const to = [
    { value: 'everyone', words: t('questions.toEveryone') },
    { value: 'asker', words: t('questions.toAsker', { name: question.author.name || t('chat.guest') }) },
  ];
  return html`<blockquote class="sf-console-dialog__quote" dir="auto">${question.text}</blockquote>
    <div class="sf-field">
      <label for="sf-answer-text">${t('questions.answer')}</label>
      <textarea id="sf-answer-text" class="sf-input" name="text" rows="4" maxlength="500" required autofocus data-testid="answer-text"></textarea>
    </div>
    ${choices('to', t('questions.to'), to, 'everyone')}`;
}

function pollFields(poll: StaffPoll | null, memory: DialogMemory, redraw: () => void) {
  const setQuiz = (isOn: boolean): void => {
    memory.isQuiz = isOn;
    redraw();
  };
  const grow = (by: number): void => {
    memory.options = Math.min(OPTIONS_MAX, Math.max(2, memory.options + by));
    redraw();
  };
  return html`<div class="sf-field">
      <label for="sf-poll-question">${t('polls.question')}</label>
      <input id="sf-poll-question" class="sf-input" name="question" maxlength="200" required autofocus .defaultValue=${poll?.question ?? ''} data-testid="poll-question" />
    </div>
    <fieldset class="sf-field">
      <legend class="sf-field__label">${t('polls.options')}</legend>
      ${Array.from({ length: memory.options }, (_, index) => {
        const words = t('polls.option', { n: index + 1 });
        return html`<div class="sf-row">
          <input class="sf-input" name="option" maxlength="80" required aria-label=${words} placeholder=${words} .defaultValue=${poll?.options[index]?.text ?? ''} data-testid=${`poll-option-${String(index)}`} />
          ${memory.isQuiz ? check(`right-${String(index)}`, t('polls.right'), poll?.right.includes(index)) : nothing}
        </div>`;
      })}
      <div class="sf-row">
        <button type="button" class="sf-button sf-button--small" ?disabled=${memory.options >= OPTIONS_MAX} data-testid="poll-more" @click=${() => grow(1)}>${icon('plus')} ${t('polls.more')}</button>
        <button type="button" class="sf-button sf-button--small" ?disabled=${memory.options <= 2} data-testid="poll-fewer" @click=${() => grow(-1)}>${icon('minus')} ${t('polls.fewer')}</button>
      </div>
    </fieldset>
    ${check('several', t('polls.several'), (poll?.choices_max ?? 1) > 1)} ${check('is_quiz', t('polls.isQuiz'), memory.isQuiz, setQuiz)}
    ${check('hides_tally', t('polls.hidesTally'), poll?.hides_tally)}`;
}

function pollOf(data: FormData, memory: DialogMemory): PollDraft {
  const options = data.getAll('option').map((value, index) => ({
    text: typeof value === 'string' ? value.trim() : '',
    is_right: memory.isQuiz && data.has(`right-${String(index)}`),
  }));
  return {
    question: text(data, 'question'),
    options,
    choices_max: data.has('several') ? options.length : 1,
    is_quiz: data.has('is_quiz'),
    hides_tally: data.has('hides_tally'),
  };
}

function openFields(talk: Talk) {
  const times = [
    { value: '0', words: t('polls.untilClosed') },
    { value: '30', words: t('rules.slowS', { count: 30 }) },
    { value: '60', words: t('rules.slowS', { count: 60 }) },
    { value: '120', words: t('rules.slowS', { count: 120 }) },
  ];
  return html`${talk.openPoll ? html`<p class="sf-notice sf-notice--warning">${icon('triangle-alert')} <span>${t('polls.closesOther')}</span></p>` : nothing}
    ${choices('seconds', t('polls.howLong'), times, '0')}`;
}
