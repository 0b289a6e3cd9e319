/** One line of the chat, and its actions. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatTime } from '../format/index.ts';
import { t, type TextKey } from '../i18n/index.ts';
import type { Message } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import { concerns, isTeam, type OwnMark } from './talk/lines.ts';
import { mentionParts } from './talk/mentions.ts';
import type { Translation } from './talk/translations.ts';

export const REPORT_REASONS = ['spam', 'abuse', 'other'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

export interface MessageVerbs {
  /** The id of the element with the message's words. */
  idOf(message: Message): string;
  open(message: Message): void;
  reply(message: Message): void;
  copy(message: Message): void;
  translate(message: Message): void;
  report(message: Message, reason: ReportReason | null): void;
  /** The address of the form for illegal content. */
  noticeUrl(message: Message): string;
  goTo(messageId: string): void;
  forget(messageId: string): void;
}

export interface MessageLook {
  viewerId: string | null;
  mark: OwnMark | null;
  note: string;
  /** The part that is open under the message. */
  open: 'nothing' | 'actions' | 'reasons';
  mayReply: boolean;
  mayTranslate: boolean;
  translation: Translation | null;
}

const MARK_TEXTS: Partial<Record<OwnMark, TextKey>> = {
  held: 'held.waiting',
  declined: 'held.declined',
  expired: 'held.expired',
};

export function messageRow(message: Message, look: MessageLook, verbs: MessageVerbs): TemplateResult {
  const { author } = message;
  const isOwn = author.id === look.viewerId;
  const role = roleText(message);
  const classes = [
    'sf-message',
    isOwn ? 'sf-message--own' : '',
    role ? 'sf-message--team' : '',
    concerns(message, look.viewerId) ? 'sf-message--for-you' : '',
    look.mark ? `sf-message--${look.mark}` : '',
  ];
  return html`<li
    class=${classes.join(' ')}
    tabindex="-1"
    data-testid="message"
    data-message-id=${message.id}
    title=${formatTime(new Date(message.atMs).toISOString())}
  >
    ${quote(message, verbs)}
    <div class="sf-message__line" @click=${(event: Event) => openAt(event, message, look, verbs)}>
      <span class="sf-message__author">${author.name}${isOwn ? html` <span class="sf-message__you">(${t('chat.you')})</span>` : nothing}</span
      >${role ? html`<span class="sf-badge ${isTeam(message) ? 'sf-badge--accent' : ''}">${role}</span>` : nothing}
      <span class="sf-message__text" id=${verbs.idOf(message)} dir="auto">${words(message, look.translation)}</span>
      ${look.mark === null
        ? html`<button
            class="sf-message__more"
            tabindex="-1"
            data-testid="message-menu"
            aria-label=${t('message.actions', { name: author.name })}
            aria-expanded=${look.open !== 'nothing'}
            @click=${() => verbs.open(message)}
          >
            ${icon('ellipsis')}
          </button>`
        : nothing}
    </div>
    ${markLine(message, look, verbs)} ${translationLine(message, look.translation, verbs)}
    ${look.open === 'nothing' ? nothing : actions(message, look, verbs)}
  </li>`;
}

/** A tap anywhere on the line, but not the end of marking its words. */
function openAt(event: Event, message: Message, look: MessageLook, verbs: MessageVerbs): void {
  if (look.mark !== null || (event.target as HTMLElement).closest('button')) return;
  if (matchMedia('(hover: none)').matches && !getSelection()?.toString()) verbs.open(message);
}

function roleText(message: Message): string | null {
  if (message.author.role === 'host') return t('chat.host');
  if (message.author.role === 'moderator') return t('chat.moderator');
  if (isTeam(message)) return t('chat.team');
  return message.author.role === 'member' ? t('chat.member') : null;
}

function quote(message: Message, verbs: MessageVerbs) {
  const { replyTo } = message;
  if (!replyTo) return nothing;
  return html`<button class="sf-message__quote" tabindex="-1" data-testid="message-quote" @click=${() => verbs.goTo(replyTo.message_id)}>
    ${icon('reply')}<span class="sf-visually-hidden">${t('message.answers')}</span>
    <span class="sf-clip">${replyTo.text === undefined ? t('message.gone') : html`<b>${replyTo.name}</b> ${replyTo.text}`}</span>
  </button>`;
}

function words(message: Message, translation: Translation | null) {
  const text = translation?.state === 'translated' ? translation.text : message.text;
  const names = message.mentions.map((mention) => mention.name);
  if (names.length === 0) return text;
  return mentionParts(text, names).map(({ text, isName }) => (isName ? html`<b class="sf-mention">${text}</b>` : text));
}

function markLine(message: Message, look: MessageLook, verbs: MessageVerbs) {
  const key = look.mark && MARK_TEXTS[look.mark];
  if (!key) return nothing;
  return html`<p class="sf-message__mark" data-testid="message-mark" data-mark=${look.mark}>
    ${icon(look.mark === 'held' ? 'hourglass' : 'circle-alert')}<span>${t(key)}${look.note ? html` ${look.note}` : nothing}</span>
    ${look.mark === 'held'
      ? nothing
      : html`<button class="sf-link sf-link--target" @click=${() => verbs.forget(message.id)}>${t('message.forget')}</button>`}
  </p>`;
}

/** The line under a translated message: it names the text that is shown and leads to the other one. */
function translationLine(message: Message, translation: Translation | null, verbs: MessageVerbs) {
  if (!translation) return nothing;
  if (translation.state === 'loading') {
    return html`<p class="sf-message__mark" data-testid="message-translating">${icon('languages')}<span>${t('message.translating')}</span></p>`;
  }
  const isTranslated = translation.state === 'translated';
  return html`<p class="sf-message__mark">
    ${icon('languages')}${isTranslated ? html`<span>${t('message.translated')} –</span>` : nothing}
    <button
      class="sf-link sf-link--target"
      tabindex="-1"
      data-testid="message-translation"
      data-state=${translation.state}
      aria-describedby=${verbs.idOf(message)}
      @click=${() => verbs.translate(message)}
    >
      ${t(isTranslated ? 'message.show-original' : 'message.show-translation')}
    </button>
  </p>`;
}

/** The first time from here; then the line under the message leads to and fro, and so does this, for the keyboard. */
function translateButton(message: Message, { translation }: MessageLook, verbs: MessageVerbs) {
  const key = { loading: 'message.translating', translated: 'message.to-original', original: 'message.translate' } as const;
  return html`<button
    class="sf-button sf-button--small"
    data-testid="message-translate"
    ?disabled=${translation?.state === 'loading'}
    @click=${() => verbs.translate(message)}
  >
    ${icon('languages')}${t(key[translation?.state ?? 'original'])}
  </button>`;
}

function actions(message: Message, look: MessageLook, verbs: MessageVerbs) {
  const isOwn = message.author.id === look.viewerId;
  if (look.open === 'reasons') {
    return html`<div class="sf-message__actions" role="group" aria-label=${t('report.why')}>
      <span class="sf-small">${t('report.why')}</span>
      ${REPORT_REASONS.map(
        (reason) =>
          html`<button class="sf-button sf-button--small" data-testid="report-${reason}" @click=${() => verbs.report(message, reason)}>
            ${t(`report.${reason}`)}
          </button>`,
      )}
      <a class="sf-button sf-button--small" data-testid="report-illegal" href=${verbs.noticeUrl(message)} target="_blank">${icon('flag')}${t('report.illegal')}</a>
    </div>`;
  }
  return html`<div class="sf-message__actions" role="group" aria-label=${t('message.actions', { name: message.author.name })}>
    ${look.mayReply
      ? html`<button class="sf-button sf-button--small" data-testid="message-reply" @click=${() => verbs.reply(message)}>
          ${icon('reply')}${t('message.reply')}
        </button>`
      : nothing}
    <button class="sf-button sf-button--small" data-testid="message-copy" @click=${() => verbs.copy(message)}>${icon('copy')}${t('message.copy')}</button>
    ${look.mayTranslate && !isOwn ? translateButton(message, look, verbs) : nothing}
    ${isOwn
      ? nothing
      : html`<button class="sf-button sf-button--small" data-testid="message-report" @click=${() => verbs.report(message, null)}>
          ${icon('flag')}${t('message.report')}
        </button>`}
  </div>`;
}
