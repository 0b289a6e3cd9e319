import { describe, expect, it } from 'vitest';
import { LIMITS, encoderWords, figures, latencyWords, sourceWords, verdictOf } from './health.ts';
import type { IngestHealth } from './model.ts';

const GOOD: IngestHealth = {
  bitrate_kbps: 2512.3,
  fps: 30,
  nominal_fps: 30,
  keyframe_interval_s: 2,
  last_frame_age_s: 0.08,
  width: 1280,
  height: 720,
  video_codec: 'avc1.64001f',
  audio_codec: 'mp4a.40.2',
  encoder: 'OBS 31',
};

describe('verdictOf', () => {
  it('says the verdict and the four figures in one line', () => {
    expect(verdictOf(GOOD)).toEqual({
      level: 'good',
      words: 'Good: 2.5 Mbit/s, 30 frames/s, keyframe every 2 s, last frame 0.1 s ago',
      warnings: [],
    });
  });

  it.each([
    [{ fps: 12, nominal_fps: null }, 'Dropped frames'],
    [{ fps: 23.9 }, 'Dropped frames'], // of 30
    [{ fps: 47, nominal_fps: 60 }, 'Dropped frames'],
    [{ bitrate_kbps: 400 }, '2500–6000 Kbps'],
    [{ bitrate_kbps: 20_000 }, '6000 Kbps or less'],
    [{ keyframe_interval_s: 8.3 }, 'Keyframe Interval to 2 s'],
    [{ width: 360, height: 640 }, 'Resolution'],
    [{ audio_codec: '' }, 'Audio Mixer'],
  ] satisfies [Partial<IngestHealth>, string][])('says what to do in OBS about %o', (wrong, advice) => {
    const verdict = verdictOf({ ...GOOD, ...wrong });
    expect(verdict.level).toBe('fair');
    expect(verdict.warnings).toHaveLength(1);
    expect(verdict.warnings[0]?.advice).toContain(advice);
  });

  it('puts silence first, as trouble', () => {
    const verdict = verdictOf({ ...GOOD, last_frame_age_s: 3.4, fps: 2 });
    expect(verdict.level).toBe('bad');
    expect(verdict.warnings.map((one) => one.level)).toEqual(['bad', 'fair']);
    expect(verdict.warnings[0]?.words).toBe('No picture has come for 3 s.');
  });

  it('puts faults that viewers notice before faults of the incoming stream', () => {
    const leaving = { code: 'picture-still', level: 'fair', words: 'Viewers see a still.', advice: 'Camera?' } as const;
    const verdict = verdictOf({ ...GOOD, fps: 12 }, [leaving]);
    expect(verdict.level).toBe('fair');
    expect(verdict.warnings.map((one) => one.words)[0]).toBe('Viewers see a still.');
    expect(verdict.warnings).toHaveLength(2);
    expect(verdictOf(GOOD, [{ ...leaving, level: 'bad' }])).toMatchObject({
      level: 'bad',
      words: 'In trouble: 2.5 Mbit/s, 30 frames/s, keyframe every 2 s, last frame 0.1 s ago',
    });
  });

  it('does not blame OBS when the server cannot keep up', () => {
    const behind = { code: 'encoding-behind', level: 'bad', words: 'The server is 7 s behind.', advice: '' } as const;
    const verdict = verdictOf({ ...GOOD, fps: 12, bitrate_kbps: 400, last_frame_age_s: 3 }, [behind]);
    expect(verdict.warnings).toEqual([behind]);
  });

  it('is content at every limit itself', () => {
    const edge = { ...GOOD, fps: LIMITS.lowFps, nominal_fps: 25, bitrate_kbps: LIMITS.lowKbps, keyframe_interval_s: LIMITS.keyframeS };
    expect(verdictOf(edge).level).toBe('good');
  });

  it('does not call a portrait picture small', () => {
    expect(verdictOf({ ...GOOD, width: 720, height: 1280 }).level).toBe('good');
  });
});

describe('figures', () => {
  it('leave out values that are not measured yet', () => {
    const fresh = { ...GOOD, bitrate_kbps: 640.4, keyframe_interval_s: null, last_frame_age_s: null };
    expect(figures(fresh)).toEqual(['640 kbit/s', '30 frames/s']);
  });
});

it('names the source as people know it', () => {
  expect(sourceWords(GOOD)).toBe('1280 × 720 · H.264 + AAC · OBS 31');
  expect(sourceWords({ ...GOOD, audio_codec: '', encoder: '' })).toBe('1280 × 720 · H.264');
});

it.each([
  ['FMLE/3.0 (compatible; Lavf61.7.100)', 'FFmpeg'],
  ['obs-output module (libobs version 31.0.2)', 'OBS 31.0.2'],
  ['OBS', 'OBS'],
  ['FMLE/3.0 (compatible; FMSc/1.0)', ''],
  ['Larix/1.4', 'Larix/1.4'],
])('names the encoder %s', (name, words) => {
  expect(encoderWords(name)).toBe(words);
});

it('says the preview’s distance to a tenth of a second', () => {
  expect(latencyWords(null)).toBe('Preview is loading');
  expect(latencyWords(1.437)).toBe('Preview is 1.4 s behind');
  expect(latencyWords(-0.2)).toBe('Preview is 0 s behind');
  expect(latencyWords(61)).toBe('Preview shows an old picture');
});
