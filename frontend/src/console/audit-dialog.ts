/** The log of what moderators did; what can be taken back has its button. */
import { html, nothing } from 'lit';
import { formatTime } from '../format/index.ts';
import { icon } from '../ui/icon.ts';
import { renderClosing } from './dialogs.ts';
import type { Session } from './session.ts';
import { errorLine } from './shared-templates.ts';
import type { AuditLine } from './talk.ts';
import { t } from './texts.ts';

export function renderAudit(session: Session) {
  const { talk } = session;
  const lines = talk.lists.audit;
  const error = session.errorAt('list:audit') ?? session.errorAt('audit:earlier');
  return html`<div class="sf-stack">
    ${lines === null && !error ? html`<p class="sf-soft">${t('loading')}</p>` : nothing}
    ${lines?.length === 0 ? html`<p class="sf-soft">${t('audit.empty')}</p>` : nothing}
    ${errorLine(error)}
    ${lines?.length
      ? html`<ol class="sf-audit" tabindex="0" aria-label=${t('audit.listLabel')}>
            ${lines.map((line) => renderLine(session, line, lines))}
          </ol>`
      : nothing}
    ${renderClosing(
      lines && !talk.hasAllAudit
        ? html`<button type="button" class="sf-button sf-button--quiet" data-testid="audit-earlier" aria-busy=${session.isBusy('audit:earlier')} @click=${() => void talk.loadEarlierAudit()}>
            ${icon('history')} ${t('audit.earlier')}
          </button>`
        : nothing,
    )}
  </div>`;
}

function renderLine(session: Session, line: AuditLine, lines: readonly AuditLine[]) {
  const id = line.audit_id;
  const error = session.errorAt(`audit:${id}`);
  const undone = line.undoes === null ? undefined : lines.find((one) => one.audit_id === line.undoes);
  const words = undone ? `${auditWords(line.action)} ${auditWords(undone.action)}` : auditWords(line.action);
  return html`<li data-testid=${`audit-${id}`} data-action=${line.action}>
    <time class="sf-figures sf-soft" datetime=${line.at}>${formatTime(line.at)}</time>
    <p dir="auto">
      <strong>${line.actor}</strong> ${words} ${line.target_name}${line.reason ? html` <span class="sf-soft">(${line.reason})</span>` : nothing}
      ${error ? html`<span class="sf-error" role="alert">${error}</span>` : nothing}
    </p>
    ${line.undone
      ? html`<span class="sf-badge">${t('audit.undone')}</span>`
      : line.can_undo
        ? html`<button
            class="sf-button sf-button--small"
            data-testid=${`audit-undo-${id}`}
            aria-label=${t('audit.undoOf', { what: `${words} ${line.target_name}`.trim() })}
            aria-busy=${session.isBusy(`audit:${id}`)}
            @click=${() => void session.talk.undoAudited(id)}
          >
            ${t('undo.action')}
          </button>`
        : nothing}
  </li>`;
}

/** `ban`, `message.deleted`, …: what we know in words, what a newer server adds by its name. */
function auditWords(action: string): string {
  const known: Readonly<Record<string, string>> = {
    ban: t('audit.ban'),
    'ban.lifted': t('audit.banLifted'),
    'message.deleted': t('audit.deleted'),
    warning: t('audit.warning'),
    'warning.lifted': t('audit.warningLifted'),
    time_out: t('audit.timeOut'),
    'time_out.lifted': t('audit.timeOutLifted'),
    shadow: t('audit.shadow'),
    'shadow.lifted': t('audit.shadowLifted'),
    'shield.on': t('audit.shieldOn'),
    'shield.off': t('audit.shieldOff'),
    'chat.rules': t('audit.rules'),
    'review.approved': t('audit.approved'),
    'review.declined': t('audit.declined'),
    'comment.pinned': t('audit.pin'),
    'comment.unpinned': t('audit.unpin'),
    'announcement.shown': t('audit.announced'),
    'announcement.ended': t('audit.announcementEnded'),
    'question.picked': t('audit.questionPicked'),
    'question.unpicked': t('audit.questionUnpicked'),
    'question.dismissed': t('audit.questionDismissed'),
    'question.answered': t('audit.questionAnswered'),
    'question.reopened': t('audit.questionReopened'),
    'question.merged': t('audit.questionMerged'),
    'question.removed': t('audit.questionRemoved'),
    'poll.opened': t('audit.pollOpened'),
    'deal.opened': t('audit.dealOpened'),
    'deal.ended': t('audit.dealEnded'),
    'selling.paused': t('audit.sellingPaused'),
    'selling.resumed': t('audit.sellingResumed'),
    'stock.sold_out': t('audit.soldOut'),
    'stock.restocked': t('audit.restocked'),
    'poll.closed': t('audit.pollClosed'),
    'poll.withdrawn': t('audit.pollWithdrawn'),
    'auction.announced': t('audit.auctionAnnounced'),
    'auction.opened': t('audit.auctionOpened'),
    'auction.last-call': t('audit.auctionLastCall'),
    'auction.cancelled': t('audit.auctionCancelled'),
    'auction.offered-again': t('audit.auctionOffered'),
    'auction.retracted': t('audit.bidRetracted'),
    'word.added': t('audit.wordAdded'),
    'word.changed': t('audit.wordChanged'),
    'word.removed': t('audit.wordRemoved'),
    'words.imported': t('audit.wordsImported'),
    'person.erased': t('audit.erased'),
    'restream.started': t('audit.restreamStarted'),
    'restream.stopped': t('audit.restreamStopped'),
    'restream.added': t('audit.restreamAdded'),
    'restream.changed': t('audit.restreamChanged'),
    'restream.removed': t('audit.restreamRemoved'),
    'stage.invited': t('audit.stageInvited'),
    'stage.new_link': t('audit.stageNewLink'),
    'stage.let_in': t('audit.stageLetIn'),
    'stage.sent_back': t('audit.stageSentBack'),
    'stage.removed': t('audit.stageRemoved'),
    undo: t('audit.undo'),
  };
  return known[action] ?? action;
}
