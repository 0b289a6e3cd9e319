/**
 * The check before going live, in words: camera, microphone, up-link, products, clock. Pure: it judges what was
 * measured, and a failed check forbids nothing but sending without a camera.
 */
import type { RundownItem } from '../console/model.ts';
import { t } from './texts.ts';

export type Level = 'good' | 'fair' | 'bad' | 'waiting';

export interface Check {
  readonly name: 'camera' | 'mix' | 'sound' | 'uplink' | 'products' | 'clock';
  readonly level: Level;
  readonly words: string;
}

export interface Measured {
  /** Of the camera's picture; `null` without one. */
  readonly picture: { readonly width: number; readonly height: number; readonly fps: number } | null;
  /** The mix goes on while the page is hidden. */
  readonly runsHidden: boolean;
  /** The browser's refusal, in words. */
  readonly cameraError: string;
  readonly isMuted: boolean;
  /** The loudest level so far, dB; `null` without a microphone. */
  readonly loudestDb: number | null;
  /** `null` until it was measured; 0: the measurement failed. */
  readonly uplinkKbps: number | null;
  readonly neededKbps: number;
  /** `null` until the rundown is here. */
  readonly rundown: readonly RundownItem[] | null;
  readonly clockOffMs: number;
}

const LOUD_ENOUGH_DB = -45;
/** A line of which the stream takes more than this share has no room for anything else. */
const SHARE_MAX = 0.67;
const SMALL_SIDE = 480;
const CLOCK_OFF_MS = 5000;

export function checks(measured: Measured): readonly Check[] {
  return [camera(measured), mix(measured), sound(measured), uplink(measured), products(measured), clock(measured)];
}

function camera({ picture, cameraError }: Measured): Check {
  if (cameraError) return { name: 'camera', level: 'bad', words: cameraError };
  if (!picture) return { name: 'camera', level: 'waiting', words: t('check.cameraWaits') };
  const size = { width: String(picture.width), height: String(picture.height), fps: Math.round(picture.fps) };
  if (Math.min(picture.width, picture.height) < SMALL_SIDE) return { name: 'camera', level: 'fair', words: t('check.cameraSmall', size) };
  return { name: 'camera', level: 'good', words: t('check.cameraGood', size) };
}

function mix({ runsHidden }: Measured): Check {
  if (runsHidden) return { name: 'mix', level: 'good', words: t('check.mixGood') };
  return { name: 'mix', level: 'fair', words: t('check.mixVisible') };
}

function sound({ loudestDb, isMuted }: Measured): Check {
  if (loudestDb === null) return { name: 'sound', level: 'bad', words: t('check.soundNone') };
  if (isMuted) return { name: 'sound', level: 'fair', words: t('check.soundMuted') };
  if (loudestDb < LOUD_ENOUGH_DB) return { name: 'sound', level: 'waiting', words: t('check.soundWaits') };
  return { name: 'sound', level: 'good', words: t('check.soundGood') };
}

function uplink({ uplinkKbps, neededKbps }: Measured): Check {
  if (uplinkKbps === null) return { name: 'uplink', level: 'waiting', words: t('check.uplinkWaits') };
  if (uplinkKbps === 0) return { name: 'uplink', level: 'fair', words: t('check.uplinkUnknown') };
  const values = { has: megabits(uplinkKbps), needs: megabits(neededKbps) };
  if (uplinkKbps < neededKbps) return { name: 'uplink', level: 'bad', words: t('check.uplinkBad', values) };
  if (uplinkKbps * SHARE_MAX < neededKbps) return { name: 'uplink', level: 'fair', words: t('check.uplinkFair', values) };
  return { name: 'uplink', level: 'good', words: t('check.uplinkGood', values) };
}

function products({ rundown }: Measured): Check {
  if (rundown === null) return { name: 'products', level: 'waiting', words: t('check.productsWait') };
  if (!rundown.length) return { name: 'products', level: 'fair', words: t('check.productsNone') };
  const names = (found: readonly RundownItem[]): string => found.map((one) => one.name).join(', ');
  const unpriced = rundown.filter((one) => one.price === null);
  if (unpriced.length) return { name: 'products', level: 'bad', words: t('check.productsUnpriced', { names: names(unpriced) }) };
  const sold = rundown.filter((one) => one.available <= 0);
  if (sold.length) return { name: 'products', level: 'fair', words: t('check.productsSold', { names: names(sold) }) };
  return { name: 'products', level: 'good', words: t('check.productsGood', { count: rundown.length }) };
}

function clock({ clockOffMs }: Measured): Check {
  if (Math.abs(clockOffMs) < CLOCK_OFF_MS) return { name: 'clock', level: 'good', words: t('check.clockGood') };
  return { name: 'clock', level: 'fair', words: t('check.clockOff', { n: Math.round(Math.abs(clockOffMs) / 1000) }) };
}

export function megabits(kbps: number): number {
  return Math.round(kbps / 100) / 10;
}
