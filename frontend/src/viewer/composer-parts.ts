/** Pieces of the composer: the quote, the names to choose from, the emoji, and why one can't write. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock, formatTime } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Message } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import type { ViewerApp } from './app.ts';
import type { Writing } from './talk/writing.ts';

/** Few enough to be seen at a glance; phones bring all others themselves. */
const EMOJI = ['😍', '😂', '🥰', '😊', '👏', '🙌', '👍', '🔥', '✨', '💄', '🛍️', '🎉', '😮', '🤔', '🙏', '❤️'];

export function emojiGrid(choose: (emoji: string) => void, close: () => void): TemplateResult {
  return html`<div
    class="sf-emoji"
    role="group"
    aria-label=${t('emoji')}
    data-testid="emoji"
    @keydown=${(event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      close();
    }}
  >
    ${EMOJI.map((emoji) => html`<button type="button" class="sf-emoji__one" @click=${() => choose(emoji)}>${emoji}</button>`)}
  </div>`;
}

export function mentionList(names: readonly string[], chosen: number, choose: (name: string) => void): TemplateResult {
  return html`<ul class="sf-mentions" id="sf-mentions" role="listbox" aria-label=${t('mentions')} data-testid="mentions">
    ${names.map(
      (name, place) =>
        html`<li
          id="sf-mention-${place}"
          role="option"
          class="sf-mentions__one"
          aria-selected=${place === chosen}
          data-testid="mention-choice"
          @pointerdown=${(event: Event) => {
            event.preventDefault(); // the field keeps the focus, a phone its keyboard
            choose(name);
          }}
        >
          @${name}
        </li>`,
    )}
  </ul>`;
}

export function quoteLine(message: Message, drop: () => void): TemplateResult {
  return html`<p class="sf-quote" data-testid="reply-to">
    ${icon('reply')}<span class="sf-clip"><span class="sf-visually-hidden">${t('reply.to')}</span><b>${message.author.name}</b> ${message.text}</span>
    <button type="button" class="sf-button sf-button--quiet sf-button--icon sf-button--small" aria-label=${t('reply.drop')} data-testid="reply-drop" @click=${drop}>
      ${icon('x')}
    </button>
  </p>`;
}

/** Why one can't write, and what comes next. */
export function closedLine(app: ViewerApp, writing: Extract<Writing, { may: 'not' }>): TemplateResult {
  switch (writing.why) {
    case 'ended':
      return html`<p class="sf-composer__closed">${t('chat.closed')}</p>`;
    case 'banned':
      return html`<p class="sf-composer__closed" data-testid="chat-banned">${t('chat.banned')}</p>`;
    case 'staff':
      return html`<p class="sf-composer__closed" data-testid="chat-staff-only">${t('chat.only-staff')}</p>`;
    case 'time-out': {
      const leftS = Math.max(0, Math.ceil((writing.untilMs - app.timeline.serverNowMs()) / 1000));
      const isLong = !Number.isFinite(leftS);
      return html`<p class="sf-composer__closed" data-testid="chat-timed-out">
        ${icon('hourglass')}<span
          >${isLong
            ? t('chat.timed-out')
            : html`${t('chat.timed-out-until', { time: formatTime(new Date(writing.untilMs).toISOString()) })}
                <span class="sf-figures">(${formatClock(leftS)})</span>`}</span
        >
      </p>`;
    }
    case 'warning':
      return html`<p class="sf-composer__closed">
        <span>${t('chat.warned')}</span>
        <button class="sf-button sf-button--small" data-testid="warning-open" @click=${() => app.showWarning()}>${t('chat.warned-read')}</button>
      </p>`;
    case 'signed_in':
      return html`<p class="sf-composer__closed" data-testid="chat-sign-in">
        <span>${t('chat.only-signed-in')}</span>
        <a class="sf-button sf-button--small" href=${app.data.urls?.login ?? nothing}>${icon('log-in')}${t('chat.sign-in')}</a>
      </p>`;
    default:
      return html`${nothing}`;
  }
}
