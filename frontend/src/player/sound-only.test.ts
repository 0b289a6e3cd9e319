import { describe, expect, it } from 'vitest';
import { SoundOnly, soundUrl, type Line } from './sound-only.ts';

const SLOW = { lineBps: 200_000, neededBps: 450_000 };
const FINE: Line = { isStill: false, isStarved: false, isSmallest: true, ...SLOW };
const STARVED: Line = { isStill: true, isStarved: true, isSmallest: true, ...SLOW };

/** Half a second of standing still. */
function stall(sound: SoundOnly, atS: number, line = STARVED): boolean {
  return sound.givesUp(line, atS) || sound.givesUp(line, atS + 0.5);
}

function begun(atS: number, before = new SoundOnly()): SoundOnly {
  before.begin(atS);
  return before;
}

describe('giving up the picture', () => {
  it('is for the second stall of the smallest picture within twenty seconds', () => {
    const sound = new SoundOnly();
    expect(stall(sound, 10)).toBe(false);
    expect(sound.givesUp(STARVED, 10.75)).toBe(false); // the same one
    expect(sound.givesUp(FINE, 12)).toBe(false);
    expect(stall(sound, 29.9)).toBe(true);
  });

  it('is not for two stalls that are farther apart', () => {
    const sound = new SoundOnly();
    stall(sound, 10);
    sound.givesUp(FINE, 12);
    expect(stall(sound, 30)).toBe(false);
  });

  it('is not for stalls that nobody minds', () => {
    const sound = new SoundOnly();
    for (const atS of [10, 11, 12, 13]) {
      expect(sound.givesUp(STARVED, atS)).toBe(false);
      expect(sound.givesUp(STARVED, atS + 0.4)).toBe(false);
      expect(sound.givesUp(FINE, atS + 0.5)).toBe(false);
    }
  });

  it('is for one stall that does not end', () => {
    const sound = new SoundOnly();
    expect(sound.givesUp(STARVED, 10)).toBe(false);
    expect(sound.givesUp(STARVED, 17.75)).toBe(false);
    expect(sound.givesUp(STARVED, 18)).toBe(true);
  });

  it('is not for a larger picture, which has a smaller one below it', () => {
    const sound = new SoundOnly();
    for (const atS of [10, 12, 14, 30]) {
      expect(stall(sound, atS, { ...STARVED, isSmallest: false })).toBe(false);
      expect(sound.givesUp(FINE, atS + 1)).toBe(false);
    }
  });

  it('is not for a connection that carries it, whose server is busy', () => {
    const sound = new SoundOnly();
    for (const atS of [10, 12, 14, 30]) {
      expect(stall(sound, atS, { ...STARVED, lineBps: 540_000 })).toBe(false);
      expect(sound.givesUp({ ...STARVED, lineBps: Number.NaN }, atS + 0.75)).toBe(false);
      expect(sound.givesUp(FINE, atS + 1)).toBe(false);
    }
  });

  it('is not for a host who sends nothing', () => {
    const sound = new SoundOnly();
    for (const atS of [10, 12, 14, 30]) {
      expect(stall(sound, atS, { ...STARVED, isStarved: false })).toBe(false);
      expect(sound.givesUp(FINE, atS + 1)).toBe(false);
    }
  });
});

describe('trying the picture again', () => {
  it('is after twenty seconds, however weak the line looks', () => {
    const sound = begun(100);
    expect(sound.isOver(SLOW, 119.9)).toBe(false);
    expect(sound.isOver(SLOW, 120)).toBe(true);
  });

  it('is sooner when the line carries enough', () => {
    const sound = begun(100);
    const fast = { lineBps: 675_000, neededBps: 450_000 };
    expect(sound.isOver(fast, 105.9)).toBe(false);
    expect(sound.isOver(fast, 106)).toBe(true);
    expect(sound.isOver({ ...fast, lineBps: 674_999 }, 106)).toBe(false);
    expect(sound.isOver({ ...fast, lineBps: Number.NaN }, 106)).toBe(false);
  });

  it('waits twice as long after each try that was in vain, up to a bound', () => {
    const sound = begun(0);
    let atS = 0;
    for (const waitS of [20, 40, 80, 160, 160]) {
      expect(sound.isOver(SLOW, atS + waitS - 0.1)).toBe(false);
      expect(sound.isOver(SLOW, atS + waitS)).toBe(true);
      sound.end(atS + waitS);
      atS += waitS + 5;
      sound.begin(atS);
    }
  });

  it('starts again with the shortest wait after a picture that lasted', () => {
    const sound = begun(0);
    sound.end(20);
    sound.begin(80);
    expect(sound.isOver(SLOW, 100)).toBe(true);
  });

  it('is never while there is a picture', () => {
    const sound = begun(0);
    sound.end(20);
    expect(sound.isOver(SLOW, 1_000)).toBe(false);
  });
});

it('finds the sound beside the rungs', () => {
  expect(soundUrl('/hls/evening/index.m3u8')).toBe('/hls/evening/audio.m3u8');
  expect(soundUrl('https://media.test/hls/a.m3u8/index.m3u8?x=1')).toBe('https://media.test/hls/a.m3u8/audio.m3u8?x=1');
});
