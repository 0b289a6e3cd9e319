/** The windows of everything that is said: banner, who may write, word rules, log, measures, polls, written answers. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../ui/icon.ts';
import './add-products.ts';
import { renderAudit } from './audit-dialog.ts';
import { frame, renderCheck as check, renderClosing, renderWork, text } from './dialogs.ts';
import './people-view.ts';
import { eraseWords, nameOf, offerError, offerFields } from './person-dialogs.ts';
import type { Session } from './session.ts';
import type { Measure, PollDraft, StaffPoll, StaffQuestion, Talk, PersonRef, WordTest } from './talk.ts';
import { reasonSelect } from './takedown-reasons.ts';
import { t } from './texts.ts';
import { placeOf, requestDialog, type ListDialog, type TalkDialog } from './dialog-requests.ts';
import { renderWords } from './words-dialog.ts';

const OPTIONS_MAX = 8;

/** Values that are typed while a dialog is open and survive a redraw. */
export class DialogMemory {
  options = 2;
  isQuiz = false;
  tested: WordTest | null = null;
  /** The answer that was being written has been sent. */
  isSent = false;
  /** Characters of what is being recommended. */
  typed = 0;

  begin(dialog: TalkDialog): void {
    this.tested = null;
    this.isSent = false;
    this.typed = 0;
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
  const place = placeOf(dialog);
  const work: Work = (title, body, words, onSubmit, isDanger = false, error = session.errorAt(place)) =>
    frame(dialog.name, title, renderWork(body, submit(words, session.isBusy(place), isDanger), error, onSubmit), onClose);
  if ('whom' in dialog) return renderAbout(dialog, session, memory, redraw, work);
  if (isList(dialog)) return renderLists(dialog.name, session, memory, redraw, onClose);
  switch (dialog.name) {
    case 'announce':
      return work(t('announcement.title'), announceFields(), t('announcement.show'), (data) => talk.announce(text(data, 'text'), text(data, 'url')));
    case 'rules':
      return work(t('rules.title'), rulesFields(talk), t('rules.save'), (data) => saveRules(talk, data));
    case 'answer':
      return work(t('questions.write'), answerFields(dialog.question, talk), t('questions.send'), (data) => sendAnswer(talk, dialog.question, memory, data));
    case 'remove':
      return work(t('questions.removeTitle'), removeWords(dialog.question), t('questions.remove'), (data) => talk.removeQuestion(dialog.question.question_id, text(data, 'why')), true);
    case 'poll':
      return frame('poll', dialog.poll ? t('polls.edit') : t('polls.make'), renderPollForm(dialog.poll, session, memory, redraw), onClose);
    case 'openPoll':
      return work(dialog.poll.question, openFields(talk), t('polls.open'), (data) => talk.openPollNow(dialog.poll.poll_id, Number(data.get('seconds')) || null));
  }
}

const LISTS: ReadonlySet<string> = new Set<ListDialog>(['words', 'people', 'add', 'audit']);

function isList(dialog: TalkDialog): dialog is { readonly name: ListDialog } {
  return LISTS.has(dialog.name);
}

/** The dialogs that list something and change it row by row. */
function renderLists(name: ListDialog, session: Session, memory: DialogMemory, redraw: () => void, onClose: () => void): TemplateResult {
  switch (name) {
    case 'words':
      return frame(name, t('words.title'), renderWords(session, memory, redraw), onClose);
    case 'people':
      return frame(name, t('people.title'), renderPeople(session), onClose);
    case 'add':
      return frame(name, t('add.title'), renderAdd(session), onClose);
    case 'audit':
      return frame(name, t('audit.title'), renderAudit(session), onClose);
  }
}

type Work = (title: string, body: TemplateResult, words: string, onSubmit: (data: FormData) => Promise<boolean>, isDanger?: boolean, error?: string) => TemplateResult;

/** The windows about one person. */
function renderAbout({ name, whom }: Extract<TalkDialog, { whom: PersonRef }>, session: Session, memory: DialogMemory, redraw: () => void, work: Work): TemplateResult {
  const { talk } = session;
  const who = { name: nameOf(whom) };
  switch (name) {
    case 'measure':
      return work(t('measure.title', who), measureFields(whom, session.mayErase), t('measure.confirm'), (data) =>
        talk.measure(text(data, 'kind') as Measure, whom, Number(data.get('minutes')), text(data, 'reason')),
      );
    case 'offer': {
      const send = (data: FormData) => talk.offer(whom, { productId: text(data, 'product') || null, text: text(data, 'text') });
      return work(t('offer.title', who), offerFields(session, whom, memory, redraw), t('offer.send'), send, false, offerError(session));
    }
    case 'erase':
      return work(t('erase.title', who), eraseWords(whom), t('erase.confirm', who), () => talk.erase(whom), true);
  }
}

function submit(words: string, isBusy: boolean, isDanger: boolean) {
  return html`<button class="sf-button ${isDanger ? 'sf-button--danger' : 'sf-button--primary'}" data-testid="dialog-confirm" aria-busy=${isBusy}>${words}</button>`;
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

// The rules of the chat

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
  return html`${rules.shield ? html`<p class="sf-notice sf-notice--warning">${icon('lock')} <span>${t('rules.shielded')}</span></p>` : nothing}
    ${choices('mode', t('rules.mode.label'), modes, rules.mode)}
    <div class="sf-field sf-rules__trait">
      <label for="sf-rules-trait">${t('rules.trait')}</label>
      <input id="sf-rules-trait" class="sf-input" name="trait" maxlength="64" data-testid="trait" .value=${rules.trait ?? ''} aria-describedby="sf-rules-trait-help" />
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

// People

function renderPeople(session: Session) {
  return html`<div class="sf-stack">
    <p class="sf-soft sf-small">${t('people.words')}</p>
    <sf-console-people .session=${session} .version=${session.serverNowMs()}></sf-console-people>
    ${renderClosing()}
  </div>`;
}

function measureFields(whom: PersonRef, mayErase: boolean) {
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
  return html`<blockquote class="sf-console-dialog__quote" dir="auto">${whom.text}</blockquote>
    ${choices('kind', t('measure.kind'), kinds, 'warnings')}
    <p class="sf-soft sf-small">${t('measure.words')}</p>
    <div class="sf-measure__minutes">${choices('minutes', t('ban.howLong'), times, '10')}</div>
    <div class="sf-field">
      <label for="sf-measure-reason">${t('measure.reason')}</label>
      <input id="sf-measure-reason" class="sf-input" name="reason" maxlength="200" data-testid="measure-reason" />
    </div>
    ${mayErase
      ? html`<button type="button" class="sf-button sf-button--quiet sf-measure__erase" data-testid="measure-erase" @click=${(event: Event) => requestDialog(event.currentTarget as HTMLElement, { name: 'erase', whom })}>
          ${icon('trash-2')} ${t('erase.open')}
        </button>`
      : nothing}`;
}

// Answers and polls

async function sendAnswer(talk: Talk, question: StaffQuestion, memory: DialogMemory, data: FormData): Promise<boolean> {
  memory.isSent = await talk.answerInWriting(question.question_id, text(data, 'text'), data.get('to') === 'asker');
  return memory.isSent;
}

function removeWords(question: StaffQuestion) {
  return html`<blockquote class="sf-console-dialog__quote" dir="auto">${question.text}</blockquote>
    <p>${t('questions.removeWords')}</p>
    ${reasonSelect('question-why')}`;
}

function answerFields(question: StaffQuestion, talk: Talk) {
  const to = [
    { value: 'everyone', words: t('questions.toEveryone') },
    { value: 'asker', words: t('questions.toAsker', { name: question.author.name || t('chat.guest') }) },
  ];
  return html`<blockquote class="sf-console-dialog__quote" dir="auto">${question.text}</blockquote>
    <div class="sf-field">
      <label for="sf-answer-text">${t('questions.answer')}</label>
      <textarea id="sf-answer-text" class="sf-input" name="text" rows="4" maxlength="500" required autofocus data-testid="answer-text" @input=${() => talk.keep('question', question.question_id)}></textarea>
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

/** Saves the poll, or saves and opens it in one step. Enter saves. */
function renderPollForm(poll: StaffPoll | null, session: Session, memory: DialogMemory, redraw: () => void) {
  const { talk } = session;
  const place = placeOf({ name: 'poll', poll });
  const mayOpen = session.state.state === 'live';
  const buttons = html`<button class="sf-button ${mayOpen ? '' : 'sf-button--primary'}" data-testid="dialog-confirm" aria-busy=${session.isBusy(place)}>${t('polls.save')}</button>
    ${mayOpen
      ? html`<button class="sf-button sf-button--primary" name="opens" value="1" data-testid="poll-open-now" aria-busy=${session.isBusy(place)}>${t('polls.openNow')}</button>`
      : nothing}`;
  const body = html`${pollFields(poll, memory, redraw)}
    ${mayOpen && talk.openPoll ? html`<p class="sf-notice sf-notice--warning">${icon('triangle-alert')} <span>${t('polls.closesOther')}</span></p>` : nothing}`;
  return renderWork(body, buttons, session.errorAt(place), (data) =>
    talk.savePoll(pollOf(data, memory), poll?.poll_id ?? null, data.has('opens')),
  );
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

function renderAdd(session: Session) {
  return html`<sf-console-add-products .session=${session} .version=${session.state}></sf-console-add-products>
    ${renderClosing()}`;
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
