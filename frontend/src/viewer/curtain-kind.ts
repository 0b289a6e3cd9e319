/** The choice of the curtain in the picture's place. Pure. */
import type { PlayerState } from '../player/index.ts';
import type { ViewState } from '../timeline-client/index.ts';

export type CurtainKind = 'pending' | 'coming' | 'tap' | 'paused' | 'ended' | 'failed' | null;

export type SeenShow = Pick<ViewState, 'curtain' | 'state' | 'broadcastLost'>;
export type SeenPlayer = Pick<PlayerState, 'status' | 'isDry' | 'hasPicture' | 'positionS' | 'endS'>;

/** Of the last pictures some may never come: a part is lost, or the end tag is late. */
const AT_END_S = 3;

/**
 * `wasLost`: the curtain of a loss is drawn now. Once drawn it stays until a picture moves again, not until the encoder
 * says that it is back; and it never outlasts the show, since nothing comes back then.
 */
export function curtainKind(view: SeenShow, player: SeenPlayer, isRewatching: boolean, wasLost: boolean): CurtainKind {
  if (view.curtain === 'pending') return 'pending';
  if (isOver(view, player, isRewatching)) return 'ended';
  if (player.status === 'failed') return 'failed';
  if (view.state === 'live' && isLost(view, player, wasLost)) return 'paused';
  if (player.hasPicture) return null;
  return player.status === 'loading' ? 'coming' : player.status === 'paused' ? 'tap' : null;
}

/** The show has ended, and so has its picture: the last of it was seen, or none comes any more. */
export function isOver(view: Pick<SeenShow, 'state'>, player: SeenPlayer, isRewatching: boolean): boolean {
  if (view.state !== 'ended') return false;
  const { status, isDry, hasPicture, positionS, endS } = player;
  const isAtEnd = isDry && endS - positionS < AT_END_S; // somebody farther behind waits for the line alone
  return status === 'ended' || (!isRewatching && (isAtEnd || !hasPicture || status === 'failed' || status === 'loading'));
}

function isLost({ broadcastLost }: SeenShow, { status, isDry, hasPicture }: SeenPlayer, wasLost: boolean): boolean {
  const isOut = isDry || (status === 'loading' && hasPicture);
  return (isOut && (broadcastLost || wasLost)) || (broadcastLost && !hasPicture);
}
