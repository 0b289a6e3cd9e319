/** The console's modal dialogs. Each is drawn while it is open; the console opens it with `showModal`. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../ui/icon.ts';
import { keyHelp } from './keys.ts';
import { isConnecting, type ConsoleState, type Message } from './model.ts';
import type { Ban } from './session.ts';
import { errorLine } from './shared-templates.ts';
import { BY_DEFAULT, reasonSelect } from './takedown-reasons.ts';
import { t } from './texts.ts';

export type DialogName = 'start' | 'end' | 'rotate' | 'ban' | 'help';

export function frame(name: string, title: string, body: TemplateResult, onClose: () => void) {
  return html`<dialog
    class="sf-dialog sf-console-dialog sf-console-dialog--${name}"
    data-testid=${`dialog-${name}`}
    aria-labelledby="sf-dialog-title"
    @close=${onClose}
    @click=${closeOnBackdrop}
  >
    <h2 id="sf-dialog-title">${title}</h2>
    ${body}
  </dialog>`;
}

/** The text of a form's field without the space around it. */
export function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

function closeOnBackdrop(event: MouseEvent): void {
  if (event.target === event.currentTarget) (event.currentTarget as HTMLDialogElement).close();
}

function closeOwner(event: Event): void {
  (event.currentTarget as HTMLElement).closest('dialog')?.close();
}

function renderCancel(words = t('dialog.cancel')) {
  // Not a submit button: Enter in a field must never mean "cancel".
  return html`<button class="sf-button" type="button" data-testid="dialog-cancel" @click=${closeOwner}>${words}</button>`;
}

/** A form whose submit does the thing and closes the window. Cancel and Escape only close it. */
export function renderForm(body: TemplateResult, submit: TemplateResult, onSubmit: (data: FormData) => void, cancel?: string) {
  const handle = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    form.closest('dialog')?.close();
    onSubmit(new FormData(form));
  };
  return html`<form class="sf-stack" @submit=${handle}>
    ${body}
    <div class="sf-console-dialog__acts">${renderCancel(cancel)} ${submit}</div>
  </form>`;
}

/** The same for what may be refused: the window stays, with what was typed and with what is wrong, until it is done. */
export function renderWork(
  body: TemplateResult,
  submit: TemplateResult,
  error: string | undefined,
  onSubmit: (data: FormData) => Promise<boolean>,
) {
  const handle = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    void onSubmit(new FormData(form, event.submitter)).then((isDone) => {
      if (isDone) form.closest('dialog')?.close();
    });
  };
  return html`<form class="sf-stack" @submit=${handle}>
    ${body}
    ${errorLine(error, 'dialog-error')}
    <div class="sf-console-dialog__acts">${renderCancel()} ${submit}</div>
  </form>`;
}

export function renderCheck(name: string, words: string, isOn = false, onChange?: (isOn: boolean) => void) {
  return html`<label class="sf-check"
    ><input type="checkbox" name=${name} data-testid=${name} ?checked=${isOn} @change=${(event: Event) => onChange?.((event.target as HTMLInputElement).checked)} /><span>${words}</span></label
  >`;
}

export function renderStartDialog(state: ConsoleState, onStart: () => void, onClose: () => void) {
  const body = html`
    <p>${t('start.words')}</p>
    ${state.health && !isConnecting(state.health)
      ? nothing
      : html`<p class="sf-notice sf-notice--warning">${icon('triangle-alert')} <span>${t('start.noPicture')}</span></p>`}
    ${state.published
      ? nothing
      : html`<p class="sf-notice sf-notice--warning">${icon('eye')} <span>${t('start.notPublished')}</span></p>`}
  `;
  const submit = html`<button class="sf-button sf-button--primary" data-testid="console-start-confirm" autofocus>
    ${icon('radio')} ${t('start.confirm')}
  </button>`;
  return frame('start', t('start.title'), renderForm(body, submit, onStart, t('start.notYet')), onClose);
}

/** Ending is for good, so it asks for a word. The other way is to hold the button, where it stands. */
export function renderEndDialog(word: string, onInput: (word: string) => void, onEnd: () => void, onClose: () => void) {
  const wanted = t('end.word');
  const isRight = word.trim().toLocaleLowerCase() === wanted.toLocaleLowerCase();
  const body = html`
    <p>${t('end.words')}</p>
    <div class="sf-field">
      <label for="sf-end-word">${t('end.type', { word: wanted })}</label>
      <input
        id="sf-end-word"
        class="sf-input"
        data-testid="console-end-word"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        autofocus
        .value=${word}
        @input=${(event: InputEvent) => onInput((event.target as HTMLInputElement).value)}
      />
    </div>
  `;
  const submit = html`<button class="sf-button sf-button--danger" data-testid="console-end-confirm" ?disabled=${!isRight}>
    ${t('end.confirm')}
  </button>`;
  const end = (): void => {
    if (isRight) onEnd();
  };
  return frame('end', t('end.title'), renderForm(body, submit, end, t('end.goOn')), onClose);
}

export function renderRotateDialog(state: ConsoleState, onRotate: () => void, onClose: () => void) {
  const body = html`<p>${t('rotate.words')}</p>
    ${state.health
      ? html`<p class="sf-notice sf-notice--warning">${icon('triangle-alert')} <span>${t('rotate.cuts')}</span></p>`
      : nothing}`;
  const submit = html`<button class="sf-button sf-button--danger" data-testid="rotate-key-confirm">
    ${icon('refresh-cw')} ${t('rotate.confirm')}
  </button>`;
  return frame('rotate', t('rotate.title'), renderForm(body, submit, onRotate), onClose);
}

const FOR_GOOD = 'always';

export function renderBanDialog(
  message: Message,
  onBan: (ban: Ban) => void,
  onClose: () => void,
) {
  const times = [
    { value: '10', words: t('ban.tenMinutes') },
    { value: '60', words: t('ban.hour') },
    { value: FOR_GOOD, words: t('ban.forGood') },
  ];
  const body = html`
    <blockquote class="sf-console-dialog__quote" dir="auto">${message.text}</blockquote>
    <p class="sf-soft sf-small">${t('ban.words')}</p>
    <fieldset class="sf-field">
      <legend class="sf-field__label">${t('ban.howLong')}</legend>
      <div class="sf-choices">
        ${times.map(
          ({ value, words }) => html`<label class="sf-choice"
            ><input type="radio" name="minutes" value=${value} data-testid=${`ban-minutes-${value}`} ?checked=${value === FOR_GOOD} /><span
              >${words}</span
            ></label
          >`,
        )}
      </div>
    </fieldset>
    <div class="sf-field">
      <label for="sf-ban-reason">${t('ban.reason')}</label>
      <input id="sf-ban-reason" class="sf-input" name="reason" maxlength="200" data-testid="ban-reason" />
    </div>
    <label class="sf-check">
      <input type="checkbox" name="delete" data-testid="ban-delete" />
      <span>${t('ban.delete')}</span>
    </label>
    ${reasonSelect('ban-why')}
  `;
  const submit = html`<button class="sf-button sf-button--danger" data-testid="ban-confirm" autofocus>
    ${icon('ban')} ${t('ban.confirm')}
  </button>`;
  const ban = (data: FormData): void => {
    const minutes = data.get('minutes');
    onBan({
      message,
      reason: String(data.get('reason') ?? '').trim(),
      minutes: minutes === FOR_GOOD ? null : Number(minutes),
      deletesMessages: data.has('delete'),
      deleteReason: String(data.get('why') ?? BY_DEFAULT),
    });
  };
  return frame('ban', t('ban.title', { name: message.author.name || t('chat.guest') }), renderForm(body, submit, ban), onClose);
}

/** The foot of a window that only shows; `more` stands beside. */
export function renderClosing(more: TemplateResult | typeof nothing = nothing) {
  return html`<form method="dialog" class="sf-console-dialog__acts">${more}<button class="sf-button" data-testid="dialog-cancel">${t('dialog.close')}</button></form>`;
}

export function renderHelpDialog(onClose: () => void) {
  const body = html`
    <div class="sf-keys">
      ${keyHelp().map(
        (group) => html`<section>
          <h3>${group.title}</h3>
          <dl>
            ${group.keys.map(
              ({ keys, words }) => html`<div>
                <dt>${keys.map((key) => (key === '–' ? html`–` : html`<kbd>${key}</kbd>`))}</dt>
                <dd>${words}</dd>
              </div>`,
            )}
          </dl>
        </section>`,
      )}
    </div>
    <form method="dialog" class="sf-console-dialog__acts">
      <button class="sf-button" data-testid="dialog-cancel" autofocus>${t('dialog.close')}</button>
    </form>
  `;
  return frame('help', t('keys.title'), body, onClose);
}
