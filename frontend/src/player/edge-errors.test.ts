import * as hls from 'hls.js/light';
import { ErrorTypes } from 'hls.js/light';
import { describe, expect, it } from 'vitest';
import { PENALTY, WHOLE_HOST, preferOtherEdge } from './edge-errors.ts';

const answer = (code: number) => ({ url: '', data: '', code });

function flagsAfter(type: ErrorTypes, code: number, action = PENALTY): number {
  const errorAction = { action, flags: 0, nextAutoLevel: 1 };
  preferOtherEdge({ type, response: answer(code), errorAction });
  return errorAction.flags;
}

describe('an edge that does not answer', () => {
  it('is left for another edge before its other rungs are tried', () => {
    expect(flagsAfter(ErrorTypes.NETWORK_ERROR, 0)).toBe(WHOLE_HOST);
  });

  it('is not left because a file is missing, a picture is broken, or a request is made again', () => {
    expect(flagsAfter(ErrorTypes.NETWORK_ERROR, 404)).toBe(0);
    expect(flagsAfter(ErrorTypes.MEDIA_ERROR, 0)).toBe(0);
    expect(flagsAfter(ErrorTypes.NETWORK_ERROR, 0, 5)).toBe(0);
  });

  it('is named by the numbers that hls.js has for it', () => {
    const { NetworkErrorAction, ErrorActionFlags } = hls as unknown as Record<string, Record<string, number>>;
    expect(NetworkErrorAction?.['SendAlternateToPenaltyBox']).toBe(PENALTY);
    expect(ErrorActionFlags?.['MoveAllAlternatesMatchingHost']).toBe(WHOLE_HOST);
  });
});
