/** The stream's health in words: what arrives and what leaves, how good that is, and what to do when it is not. */
import { t } from './texts.ts';
import type { IngestHealth, ServerWarning } from './model.ts';

export type Level = 'good' | 'fair' | 'bad';

export interface Warning {
  readonly level: Exclude<Level, 'good'>;
  /** The fault and its meaning for viewers. */
  readonly words: string;
  /** The remedy, usually in OBS. */
  readonly advice: string;
}

export interface Verdict {
  readonly level: Level;
  /** One line: the verdict and the four figures. */
  readonly words: string;
  /** The worst first. */
  readonly warnings: readonly Warning[];
}

const OLD_PICTURE_S = 60;

/** The limits of good figures. Our own cutter makes keyframes every 2 s, whatever arrives. */
export const LIMITS = {
  silentS: 2,
  keyframeS: 4.2,
  lowFps: 20,
  /** The share of the declared frame rate. */
  lowFpsShare: 0.8,
  lowKbps: 1000,
  highKbps: 12_000,
  smallSide: 480,
} as const;

/** The server itself cannot keep up: it takes less from the encoder then, which is nothing that OBS could mend. */
const OWN_FAULTS: readonly string[] = ['encoding-behind', 'server-busy'];

/** `leaving`: what the server says is wrong with what it sends. Of two as bad, it comes first: that viewers notice. */
export function verdictOf(health: IngestHealth, leaving: readonly ServerWarning[] = []): Verdict {
  const isOurs = leaving.some((one) => OWN_FAULTS.includes(one.code));
  const arriving = isOurs ? [] : [silence(health), ...pictureWarnings(health)];
  const warnings = [...leaving, ...arriving, sound(health)]
    .filter((one): one is Warning => one !== null)
    .sort((a, b) => rank(b.level) - rank(a.level));
  const level = warnings[0]?.level ?? 'good';
  return { level, words: `${levelWords(level)}: ${figures(health).join(', ')}`, warnings };
}

function rank(level: Level): number {
  return ['good', 'fair', 'bad'].indexOf(level);
}

export function levelWords(level: Level): string {
  return { good: t('health.good'), fair: t('health.fair'), bad: t('health.bad') }[level];
}

/** "2.5 Mbit/s", "30 frames/s", "keyframe every 2 s", "last frame 0.1 s ago". */
export function figures(health: IngestHealth): readonly string[] {
  const all = [
    bitrateWords(health.bitrate_kbps),
    t('health.fps', { n: tenths(health.fps) }),
  ];
  if (health.keyframe_interval_s !== null) {
    all.push(t('health.keyframe', { n: tenths(health.keyframe_interval_s) }));
  }
  if (health.last_frame_age_s !== null) all.push(t('health.lastFrame', { n: tenths(health.last_frame_age_s) }));
  return all;
}

function bitrateWords(kbps: number): string {
  return kbps >= 1000
    ? t('health.mbit', { n: tenths(kbps / 1000) })
    : t('health.kbit', { n: Math.round(kbps) });
}

/** "1280 × 720, H.264 and AAC, from OBS 31". */
export function sourceWords(health: IngestHealth): string {
  const codecs = [health.video_codec, health.audio_codec].filter(Boolean).map((name) => codecWords(String(name)));
  const size = `${String(health.width)} × ${String(health.height)}`;
  return [size, codecs.join(' + '), encoderWords(health.encoder)].filter(Boolean).join(' · ');
}

/** Encoders call themselves "FMLE/3.0 (compatible; Lavf61.7.100)" and the like, for the sake of old servers. */
export function encoderWords(name: string): string {
  if (/lavf/i.test(name)) return 'FFmpeg';
  if (/obs|libobs/i.test(name)) return /\d/.test(name) ? `OBS ${/(\d+(\.\d+)*)/.exec(name)?.[0] ?? ''}` : 'OBS';
  return /^FM(LE|Sc)\//i.test(name) ? '' : name;
}

function codecWords(name: string): string {
  if (/^(avc|h264)/i.test(name)) return 'H.264';
  return /^(mp4a|aac)/i.test(name) ? 'AAC' : name;
}

function silence(health: IngestHealth): Warning | null {
  if (health.last_frame_age_s === null || health.last_frame_age_s < LIMITS.silentS) return null;
  return {
    level: 'bad',
    words: t('health.silent', { n: Math.round(health.last_frame_age_s) }),
    advice: t('health.silentAdvice'),
  };
}

function pictureWarnings(health: IngestHealth): readonly (Warning | null)[] {
  return [
    warnIf(
      health.fps > 0 && health.fps < Math.max(LIMITS.lowFps, (health.nominal_fps ?? 0) * LIMITS.lowFpsShare),
      t('health.lowFps'),
      t('health.lowFpsAdvice'),
    ),
    warnIf(
      health.bitrate_kbps < LIMITS.lowKbps,
      t('health.lowBitrate'),
      t('health.lowBitrateAdvice'),
    ),
    warnIf(
      health.bitrate_kbps > LIMITS.highKbps,
      t('health.highBitrate'),
      t('health.highBitrateAdvice'),
    ),
    warnIf(
      (health.keyframe_interval_s ?? 0) > LIMITS.keyframeS,
      t('health.keyframes'),
      t('health.keyframesAdvice'),
    ),
    warnIf(
      Math.min(health.width, health.height) < LIMITS.smallSide,
      t('health.small'),
      t('health.smallAdvice'),
    ),
  ];
}

function sound(health: IngestHealth): Warning | null {
  return warnIf(
    !health.audio_codec,
    t('health.noSound'),
    t('health.noSoundAdvice'),
  );
}

function warnIf(wrong: boolean, words: string, advice: string): Warning | null {
  return wrong ? { level: 'fair', words, advice } : null;
}

/** One digit after the point is all that one can act on. */
function tenths(n: number): number {
  return Math.round(n * 10) / 10;
}

/** The preview's distance from the server's clock. */
export function latencyWords(latencyS: number | null): string {
  if (latencyS === null) return t('preview.loading');
  if (latencyS > OLD_PICTURE_S) return t('preview.old'); // the encoder is gone: the figure would only grow
  return t('preview.behind', { n: tenths(Math.max(0, latencyS)) });
}
