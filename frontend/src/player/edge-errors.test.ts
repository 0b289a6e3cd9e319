import * as hls from 'hls.js/light';
import { ErrorDetails } from 'hls.js/light';
import { describe, expect, it } from 'vitest';
import { PENALTY, WHOLE_HOST, preferOtherEdge } from './edge-errors.ts';

interface Fault {
  details?: ErrorDetails;
  code?: number;
  action?: number;
  edges?: number;
  /** When the first byte came, ms; 0: none came. */
  firstByteMs?: number;
}

function flagsAfter({ details = ErrorDetails.LEVEL_LOAD_ERROR, code = 0, action = PENALTY, edges = 2, firstByteMs = 90 }: Fault): number {
  const errorAction = { action, flags: 0, nextAutoLevel: 1 };
  const stats = new hls.LoadStats();
  stats.loading.first = firstByteMs;
  preferOtherEdge({ details, response: { url: '', data: '', code }, stats, errorAction }, edges);
  return errorAction.flags;
}

describe('an edge that is gone', () => {
  it('is left for another edge before its other rungs are tried', () => {
    expect(flagsAfter({})).toBe(WHOLE_HOST);
    expect(flagsAfter({ details: ErrorDetails.FRAG_LOAD_ERROR })).toBe(WHOLE_HOST);
  });

  it('is left when it hangs: not one byte comes in time', () => {
    expect(flagsAfter({ details: ErrorDetails.LEVEL_LOAD_TIMEOUT, firstByteMs: 0 })).toBe(WHOLE_HOST);
    expect(flagsAfter({ details: ErrorDetails.FRAG_LOAD_TIMEOUT, firstByteMs: 0 })).toBe(WHOLE_HOST);
    expect(flagsAfter({ details: ErrorDetails.FRAG_LOAD_TIMEOUT, firstByteMs: 0, edges: 1 })).toBe(0);
  });

  it('is not left where there is no other', () => {
    expect(flagsAfter({ edges: 1 })).toBe(0);
  });

  it('is not left because a file is missing, a line is slow, a picture is broken, or a request is made again', () => {
    expect(flagsAfter({ code: 404 })).toBe(0);
    expect(flagsAfter({ details: ErrorDetails.FRAG_LOAD_TIMEOUT })).toBe(0);
    expect(flagsAfter({ details: ErrorDetails.FRAG_PARSING_ERROR })).toBe(0);
    expect(flagsAfter({ action: 5 })).toBe(0);
  });

  it('is named by the numbers that hls.js has for it', () => {
    const { NetworkErrorAction, ErrorActionFlags } = hls as unknown as Record<string, Record<string, number>>;
    expect(NetworkErrorAction?.['SendAlternateToPenaltyBox']).toBe(PENALTY);
    expect(ErrorActionFlags?.['MoveAllAlternatesMatchingHost']).toBe(WHOLE_HOST);
  });
});
