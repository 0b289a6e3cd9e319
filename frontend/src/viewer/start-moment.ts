/** `?t=754`: the moment at which a replay begins, in seconds of show time. Pure. */
import { ShowClock } from '../player/picture-time.ts';

interface Recorded {
  started_at: string | null;
  ended_at: string | null;
}

/** The picture that the address asks for; null for none, and for a moment outside of this show. */
export function requestedStart(search: string, { started_at, ended_at }: Recorded): number | null {
  const asked = new URLSearchParams(search).get('t') ?? '';
  if (!/^\d+(\.\d+)?$/.test(asked) || !ended_at) return null;
  const clock = new ShowClock({ startedAt: started_at, spans: [], isRecording: false });
  const pictureMs = clock.pictureAtShowTime(Number(asked));
  return pictureMs !== null && pictureMs < Date.parse(ended_at) ? pictureMs : null;
}
