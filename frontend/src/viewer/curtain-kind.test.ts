import { describe, expect, it } from 'vitest';
import { curtainKind, isOver, type SeenPlayer, type SeenShow } from './curtain-kind.ts';

const LIVE: SeenShow = { state: 'live', curtain: null, broadcastLost: false };
const LOST: SeenShow = { state: 'live', curtain: 'paused', broadcastLost: true };
const ENDED: SeenShow = { state: 'ended', curtain: 'ended', broadcastLost: false };
const PLAYING: SeenPlayer = { status: 'playing', isDry: false, hasPicture: true, positionS: 60, endS: 62 };
const DRY: SeenPlayer = { ...PLAYING, status: 'waiting', isDry: true };

describe('the curtain of a loss', () => {
  it('is drawn when the picture has run out, not before', () => {
    expect(curtainKind(LOST, PLAYING, false, false)).toBeNull();
    expect(curtainKind(LOST, DRY, false, false)).toBe('paused');
  });
  it('stays until a picture moves again', () => {
    expect(curtainKind(LIVE, DRY, false, true)).toBe('paused');
    expect(curtainKind(LIVE, PLAYING, false, true)).toBeNull();
  });
  it('is not drawn for a short stall', () => expect(curtainKind(LIVE, DRY, false, false)).toBeNull());
});

it('is a button where the browser lets no picture begin by itself', () => {
  expect(curtainKind(LIVE, { ...PLAYING, status: 'paused', hasPicture: false }, false, false)).toBe('tap');
  expect(curtainKind(LIVE, { ...PLAYING, status: 'paused' }, false, false)).toBeNull();
});

describe('the curtain of the end', () => {
  it.each<[string, SeenPlayer]>([
    ['ran out', DRY],
    ['was lost and never came back', { ...PLAYING, status: 'loading' }],
    ['was never there', { ...PLAYING, status: 'loading', hasPicture: false }],
    ['cannot be loaded', { ...DRY, status: 'failed' }],
    ['was played to its end', { ...PLAYING, status: 'ended' }],
  ])('takes the place of every other when the picture %s', (_name, player) => {
    expect(curtainKind(ENDED, player, false, true)).toBe('ended');
    expect(isOver(ENDED, player, false)).toBe(true);
  });
  it('waits until the last pictures were seen', () => expect(curtainKind(ENDED, PLAYING, false, true)).toBeNull());
  it('does not cover the picture of a viewer far behind whose connection stalls', () => {
    expect(curtainKind(ENDED, { ...DRY, positionS: 60, endS: 300 }, false, false)).toBeNull();
  });
  it('is not drawn while the replay loads or stalls', () => {
    expect(curtainKind(ENDED, { ...PLAYING, status: 'loading', hasPicture: false }, true, false)).toBe('coming');
    expect(curtainKind(ENDED, DRY, true, false)).toBeNull();
    expect(curtainKind(ENDED, { ...DRY, status: 'failed' }, true, false)).toBe('failed');
  });
  it('is drawn after the replay, too', () => {
    expect(curtainKind(ENDED, { ...PLAYING, status: 'ended' }, true, false)).toBe('ended');
  });
});

it('stands before the show', () => {
  expect(curtainKind({ state: 'scheduled', curtain: 'pending', broadcastLost: false }, { ...DRY, status: 'idle' }, false, false)).toBe('pending');
});
