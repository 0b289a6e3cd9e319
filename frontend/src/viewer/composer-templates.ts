/** Pieces of the composer: the quote, the names to choose from, the emoji, and why one can't write. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatClock, formatTime, formatWhen } from '../format/index.ts';
import { t } from '../i18n/index.ts';
import type { Message } from '../timeline-client/index.ts';
import { icon } from '../ui/icon.ts';
import type { ViewerApp } from './app.ts';
import type { TimeOut, Writing } from './talk/writing.ts';

const DAY_S = 86_400;

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

export function mentionList(app: ViewerApp, names: readonly string[], chosen: number, choose: (name: string) => void): TemplateResult {
  return html`<ul class="sf-mentions" id=${app.id('mentions')} role="listbox" aria-label=${t('mentions')} data-testid="mentions">
    ${names.map(
      (name, place) =>
        html`<li
          id=${app.id(`mention-${place}`)}
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

/** The line in the field's place that says why one can't write. It takes over the focus of the field. */
export function closedLine(app: ViewerApp, writing: Extract<Writing, { may: 'not' }>): TemplateResult {
  switch (writing.why) {
    case 'ended':
      return closed('chat-closed', t('chat.closed'));
    case 'banned':
      return closed('chat-banned', t('chat.banned'));
    case 'staff':
      return closed('chat-staff-only', t('chat.only-staff'));
    case 'time-out':
      return timedOut(writing, app.timeline.serverNowMs());
    case 'warning':
      return closed(
        'chat-warned',
        t('chat.warned'),
        html`<button class="sf-button sf-button--small" data-testid="warning-open" @click=${() => app.signals.showWarning.send(undefined)}>${t('chat.warned-read')}</button>`,
      );
    case 'signed_in':
      return closed(
        'chat-sign-in',
        t('chat.only-signed-in'),
        html`<a class="sf-button sf-button--small" href=${app.data.urls?.login ?? nothing}>${icon('log-in')}${t('chat.sign-in')}</a>`,
      );
  }
}

function closed(testId: string, text: string, next: unknown = nothing, mark: unknown = nothing): TemplateResult {
  return html`<div class="sf-composer__closed" tabindex="-1" data-testid=${testId}>${mark}<p role="status">${text}</p>${next}</div>`;
}

/** The seconds are seen, and not said each. */
function timedOut({ untilMs, reason }: TimeOut, nowMs: number): TemplateResult {
  const leftS = Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
  const why = reason ? html`<p class="sf-composer__why" dir="auto" data-testid="time-out-reason">${t('chat.timed-out-why', { reason })}</p>` : nothing;
  if (!Number.isFinite(leftS)) return closed('chat-timed-out', t('chat.timed-out'), why, icon('hourglass'));
  const until = new Date(untilMs).toISOString();
  const text = t('chat.timed-out-until', { time: leftS < DAY_S ? formatTime(until) : formatWhen(until) });
  const left = leftS < DAY_S ? html`<span class="sf-figures" role="timer" aria-live="off">(${formatClock(leftS)})</span>` : nothing;
  return closed('chat-timed-out', text, html`${left}${why}`, icon('hourglass'));
}
