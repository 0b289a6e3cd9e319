/** What hls.js does about an edge that is silent. */
import type Hls from 'hls.js/light';
import { ErrorController, ErrorTypes, Events, type ErrorData } from 'hls.js/light';

/** hls.js declares these as constants that only its own code can name: *send the alternate to the penalty box*, and *all of this host*. */
export const PENALTY = 2;
export const WHOLE_HOST = 1;

/**
 * By itself hls.js tries every other rung of an edge that does not answer before it goes to another edge: one request
 * after the other for nothing, while the second that is buffered runs out. Here the other edge comes first. Where there
 * is none, the other rungs are tried all the same.
 */
export class EdgeErrors extends ErrorController {
  constructor(hls: Hls) {
    super(hls); // it listens before the controller of content steering does
    hls.on(Events.ERROR, (_name, data) => preferOtherEdge(data));
  }
}

export function preferOtherEdge({ type, response, errorAction }: Pick<ErrorData, 'type' | 'response' | 'errorAction'>): void {
  const isSilent = type === ErrorTypes.NETWORK_ERROR && !response?.code;
  if (isSilent && errorAction?.action === PENALTY) errorAction.flags |= WHOLE_HOST;
}
