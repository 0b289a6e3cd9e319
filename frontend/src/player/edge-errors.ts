/** What hls.js does about an edge that is gone. */
import type Hls from 'hls.js/light';
import { ErrorController, ErrorDetails, Events, type ErrorData } from 'hls.js/light';

/** hls.js declares these as constants that only its own code can name: *send the alternate to the penalty box*, and *all of this host*. */
export const PENALTY = 2;
export const WHOLE_HOST = 1;

/** A request that takes too long can be the fault of the viewer's own line, for which a smaller rung is the remedy. */
const REFUSED: readonly string[] = [ErrorDetails.LEVEL_LOAD_ERROR, ErrorDetails.FRAG_LOAD_ERROR];
/** Even a slow line brings the first byte in ten seconds: an edge that sends none hangs, and would for each rung. */
const LATE: readonly string[] = [ErrorDetails.LEVEL_LOAD_TIMEOUT, ErrorDetails.FRAG_LOAD_TIMEOUT];

/**
 * By itself hls.js tries every other rung of an edge that is gone before it goes to another edge: one request after the
 * other for nothing, while the second that is buffered runs out. Here the other edge comes first.
 */
export class EdgeErrors extends ErrorController {
  constructor(hls: Hls) {
    super(hls); // it listens before the controller of content steering does
    hls.on(Events.ERROR, (_name, data) => preferOtherEdge(data, hls.pathways.length));
  }
}

export function preferOtherEdge(
  { details, response, stats, errorAction }: Pick<ErrorData, 'details' | 'response' | 'stats' | 'errorAction'>,
  edges: number,
): void {
  const isGone = (REFUSED.includes(details) && !response?.code) || (LATE.includes(details) && stats?.loading.first === 0);
  if (isGone && edges > 1 && errorAction?.action === PENALTY) errorAction.flags |= WHOLE_HOST;
}
