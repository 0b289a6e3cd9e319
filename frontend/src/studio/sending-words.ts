/** How the sending stands, in words. Pure. */
import type { Phase } from '../console/model.ts';
import { megabits } from './preflight.ts';
import type { Figures, Publisher } from './publisher.ts';
import { t } from './texts.ts';

const LOSS_FROM = 0.03;

interface Rights {
  readonly hasKey: boolean;
  readonly mayProduce: boolean;
}

export function standing(phase: Phase, publisher: Publisher | null, { hasKey, mayProduce }: Rights): readonly ['good' | 'fair' | 'bad' | 'off', string] {
  if (phase === 'ended') return ['off', t('send.ended')];
  if (!hasKey) return ['bad', t('send.noKey')];
  switch (publisher?.state) {
    case 'connecting':
      return ['fair', t('send.connecting')];
    case 'reconnecting':
      return ['bad', t('send.reconnecting')];
    case 'refused':
      return ['bad', t('send.refused', { why: publisher.refusal })];
    case 'sending':
      if (phase === 'live' || phase === 'paused') return ['good', t('send.live')];
      return ['good', mayProduce ? t('send.ready') : `${t('send.ready')} ${t('send.producer')}`];
    default:
      return ['off', t('send.off')];
  }
}

export function figuresWords({ kbps, width, height, fps, roundTripMs }: Figures): string {
  const sent = t('send.figures', { mbit: megabits(kbps), width: String(width), height: String(height), fps });
  return roundTripMs === null ? sent : `${sent}, ${t('send.roundTrip', { n: roundTripMs })}`;
}

/** What the host should know, or do, while she sends. `runsHidden`: the mix goes on while the page is hidden. */
export function notesOf(isSending: boolean, figures: Figures | null, runsHidden: boolean): readonly string[] {
  return [isSending && !runsHidden ? t('check.mixVisible') : '', figures ? adviceOf(figures) : ''].filter(Boolean);
}

/** What to do about a line or a device that carries less than the picture needs. */
function adviceOf({ loss, limitedBy }: Figures): string {
  if (loss > LOSS_FROM) return t('limit.loss', { n: Math.round(loss * 100) });
  return limitedBy === 'cpu' || limitedBy === 'bandwidth' ? t(`limit.${limitedBy}`) : '';
}
