import { describe, expect, it } from 'vitest';
import { useTimeZone } from '../format/when.ts';
import { EMPTY, phaseOf, type IngestHealth, type RefusedAttempt } from './model.ts';
import { whoWords } from './refused-view.ts';

const TRIED: RefusedAttempt = {
  cause: 'codec',
  at: '2030-03-01T19:14:00.000Z',
  count: 3,
  encoder: 'FMLE/3.0 (compatible; Lavf61.7.100)',
  address: '192.0.2.7',
  words: 'The encoder sends HEVC (H.265) video, which is not taken.',
  advice: 'Set it to H.264.',
};

describe('a refused encoder', () => {
  it('is named with the time in the brand’s zone', () => {
    useTimeZone('Europe/Berlin');
    expect(whoWords(TRIED)).toMatch(/^(20:14|08:14\sPM), FFmpeg from 192.0.2.7, tried 3 times$/);
    expect(whoWords({ ...TRIED, encoder: '', address: '', count: 1 })).toMatch(/^(20:14|08:14\sPM), an encoder$/);
  });
});

describe('an encoder of which no picture is known', () => {
  const connecting = { ...({} as IngestHealth), width: 0, height: 0 };
  it('is waited for', () => {
    expect(phaseOf({ ...EMPTY, state: 'scheduled', health: connecting })).toBe('waiting');
    expect(phaseOf({ ...EMPTY, state: 'scheduled', health: { ...connecting, width: 1280, height: 720 } })).toBe('ready');
  });
});
