import { describe, expect, it } from 'vitest';
import type { RundownItem } from '../console/model.ts';
import { checks, type Check, type Measured } from './preflight.ts';

const BALM: RundownItem = {
  product_id: '1', name: 'Night balm', image_url: null, price: 4850, compare_at_price: null,
  lowest_price_30d: null, currency: 'EUR', available: 12,
};
const WELL: Measured = {
  picture: { width: 1280, height: 720, fps: 29.97 },
  runsHidden: true,
  cameraError: '', isMuted: false, loudestDb: -20, uplinkKbps: 8000, neededKbps: 2500, rundown: [BALM], clockOffMs: 80,
};

function check(name: Check['name'], changed: Partial<Measured>): Check {
  const found = checks({ ...WELL, ...changed }).find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
}

describe('the check before going live', () => {
  it('is good with a camera, a voice, a line, products and a clock', () => {
    expect(checks(WELL).map(({ name, level }) => [name, level])).toEqual([
      ['camera', 'good'], ['mix', 'good'], ['sound', 'good'], ['uplink', 'good'], ['products', 'good'], ['clock', 'good'],
    ]);
    expect(check('camera', {}).words).toBe('The camera gives 1280×720 at 30 frames/s.');
  });

  it('says what the browser refused', () => {
    expect(check('camera', { cameraError: 'Allow it.' })).toEqual({ name: 'camera', level: 'bad', words: 'Allow it.' });
    expect(check('camera', { picture: null }).level).toBe('waiting');
    expect(check('camera', { picture: { width: 320, height: 240, fps: 30 } }).level).toBe('fair');
  });

  it('waits for a voice, and names a muted microphone', () => {
    expect(check('sound', { loudestDb: -60 }).level).toBe('waiting');
    expect(check('sound', { isMuted: true }).level).toBe('fair');
    expect(check('sound', { loudestDb: null }).level).toBe('bad');
  });

  it('compares the line with what the picture needs', () => {
    expect(check('uplink', { uplinkKbps: 2000 })).toMatchObject({ level: 'bad', words: expect.stringContaining('2 Mbit/s') as string });
    expect(check('uplink', { uplinkKbps: 3000 }).level).toBe('fair');
    expect(check('uplink', { uplinkKbps: 0 }).level).toBe('fair');
    expect(check('uplink', { uplinkKbps: null }).level).toBe('waiting');
  });

  it('names products that are sold out or without a price', () => {
    expect(check('products', { rundown: [BALM, { ...BALM, available: 0, name: 'Brush' }] }).words).toBe('Sold out: Brush.');
    expect(check('products', { rundown: [{ ...BALM, price: null }] }).level).toBe('bad');
    expect(check('products', { rundown: [] }).level).toBe('fair');
    expect(check('products', { rundown: null }).level).toBe('waiting');
  });

  it('tells a clock that is far off', () => {
    expect(check('clock', { clockOffMs: -12_300 }).words).toContain('12 s');
  });

  it('says before going live that a browser mixes only while its page is in front', () => {
    const found = checks({ ...WELL, runsHidden: false }).find(({ name }) => name === 'mix');
    expect(found).toEqual({ name: 'mix', level: 'fair', words: expect.stringContaining('only while this page is in front') as string });
  });
});
