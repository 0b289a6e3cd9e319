/** The brand's word rules: the list, a form for one more, and a box in which a message is tried. */
import { html, nothing } from 'lit';
import { icon } from '../ui/icon.ts';
import { renderCheck, renderClosing, text } from './dialogs.ts';
import type { Session } from './session.ts';
import type { WordAction, WordRule, WordTest } from './talk.ts';
import { errorLine } from './shared-templates.ts';
import { t } from './texts.ts';

const ACTIONS: readonly WordAction[] = ['block', 'hold', 'replace', 'flag'];

function actionWords(action: WordAction | null): string {
  switch (action) {
    case 'block':
      return t('words.block');
    case 'hold':
      return t('words.hold');
    case 'replace':
      return t('words.replace');
    case 'flag':
      return t('words.flag');
    case null:
      return t('words.show');
  }
}

/** `memory.tested` survives a redraw. */
export function renderWords(session: Session, memory: { tested: WordTest | null }, redraw: () => void) {
  const { talk } = session;
  const error = session.errorAt('words') ?? session.errorAt('list:words') ?? session.errorAt('words:test');
  const rules = talk.lists.words;
  return html`<div class="sf-stack">
    <p class="sf-soft sf-small">${t('words.words')}</p>
    ${renderAdd(session)}
    ${errorLine(error, 'dialog-error')}
    ${rules?.length === 0 ? html`<p class="sf-soft">${t('words.empty')}</p>` : nothing}
    ${rules?.length
      ? html`<ul class="sf-words__list" tabindex="0" aria-label=${t('words.listLabel')}>
          ${rules.map((rule) => renderRule(session, rule))}
        </ul>`
      : nothing}
    ${renderTest(session, memory, redraw)}
    ${renderClosing(html`${rules?.length ? html`<a class="sf-button sf-button--quiet" href=${talk.wordsHref()} download>${t('export.csv')}</a>` : nothing}
      ${talk.importHref
        ? html`<a class="sf-button sf-button--quiet" href=${talk.importHref} target="_blank" data-testid="words-import">${icon('upload')} ${t('words.import')}</a>`
        : nothing}`)}
  </div>`;
}

function renderAdd(session: Session) {
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const rule = {
      pattern: text(data, 'pattern'),
      language: text(data, 'language'),
      action: text(data, 'action') as WordAction,
      replacement: text(data, 'replacement'),
      catches_variants: data.has('variants'),
    };
    void session.talk.addWord(rule).then((isDone) => {
      if (!isDone) return;
      form.reset();
      form.querySelector('input')?.focus();
    });
  };
  return html`<form class="sf-words__add" @submit=${add}>
    <div class="sf-field sf-words__pattern">
      <label for="sf-word-pattern">${t('words.pattern')}</label>
      <input id="sf-word-pattern" class="sf-input" name="pattern" required maxlength="80" autocomplete="off" autofocus data-testid="word-pattern" />
    </div>
    <div class="sf-field">
      <label for="sf-word-action">${t('words.action')}</label>
      <select id="sf-word-action" class="sf-input" name="action" data-testid="word-action">
        ${ACTIONS.map((one) => html`<option value=${one}>${actionWords(one)}</option>`)}
      </select>
    </div>
    <div class="sf-field">
      <label for="sf-word-language">${t('words.language')}</label>
      <input id="sf-word-language" class="sf-input" name="language" maxlength="10" autocomplete="off" placeholder=${t('words.languageAll')} />
    </div>
    <div class="sf-field sf-words__replacement">
      <label for="sf-word-replacement">${t('words.replacement')}</label>
      <input id="sf-word-replacement" class="sf-input" name="replacement" maxlength="40" autocomplete="off" placeholder="***" />
    </div>
    ${renderCheck('variants', t('words.variants'), true)}
    <button class="sf-button" data-testid="word-add" aria-busy=${session.isBusy('words')}>${icon('plus')} ${t('words.add')}</button>
  </form>`;
}

function renderRule(session: Session, rule: WordRule) {
  const words = t('words.delete', { pattern: rule.pattern });
  return html`<li data-testid=${`word-${rule.id}`}>
    <span class="sf-clip" dir="auto">${rule.pattern}</span>
    <span class="sf-badge">${actionWords(rule.action)}${rule.action === 'replace' ? ` → ${rule.replacement || '***'}` : ''}</span>
    ${rule.language ? html`<span class="sf-badge">${rule.language}</span>` : nothing}
    <button
      class="sf-button sf-button--quiet sf-button--icon"
      aria-label=${words}
      title=${words}
      aria-busy=${session.isBusy('words')}
      @click=${() => void session.talk.deleteWord(rule)}
    >
      ${icon('trash-2')}
    </button>
  </li>`;
}

function renderTest(session: Session, memory: { tested: WordTest | null }, redraw: () => void) {
  const test = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    void session.talk.testWords(text(data, 'text')).then((result) => {
      memory.tested = result;
      redraw();
    });
  };
  const { tested } = memory;
  const found = [...new Set(tested?.matches.map((one) => one.pattern))].join(', ');
  return html`<form class="sf-field" @submit=${test}>
      <label for="sf-word-test">${t('words.test')}</label>
      <div class="sf-row">
        <input id="sf-word-test" class="sf-input" name="text" required maxlength="200" autocomplete="off" data-testid="word-test" />
        <button class="sf-button" data-testid="word-test-go" aria-busy=${session.isBusy('words:test')}>${t('words.try')}</button>
      </div>
    </form>
    <div role="status">
      ${tested
        ? html`<p class="sf-notice" data-testid="word-tested" data-action=${tested.action ?? 'show'}>
            <span><strong>${actionWords(tested.action)}</strong>${found ? ` (${found})` : ''}<br /><span dir="auto">${tested.text}</span></span>
          </p>`
        : nothing}
    </div>`;
}
