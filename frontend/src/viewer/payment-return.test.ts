import { describe, expect, it } from 'vitest';
import { readReturn, returnPath } from './payment-return.ts';

const REPLAY = { pathname: '/shows/evening', search: '?t=12' };

describe('the way back from the bank', () => {
  it('leads to the second that was on the picture, and to the open tab', () => {
    expect(returnPath('c1', { momentS: 754.93, tab: 'products' }, REPLAY)).toBe('/shows/evening?checkout=c1&t=754&tab=products');
  });

  it('leads to a live show as it is then', () => {
    expect(returnPath('c1', { momentS: null, tab: 'chat' }, { ...REPLAY, search: '' })).toBe('/shows/evening?checkout=c1');
  });

  it('leads to the moment of the address while there is no picture', () => {
    expect(returnPath('c1', { momentS: null, tab: 'chat' }, REPLAY)).toBe('/shows/evening?checkout=c1&t=12');
  });

  it('is read with what the bank has added, which leaves the address', () => {
    const search = '?checkout=c1&t=754&tab=products&payment_intent=pi_1&payment_intent_client_secret=s&redirect_status=succeeded';
    expect(readReturn({ pathname: '/shows/evening', search, hash: '#a' })).toEqual({
      checkoutId: 'c1',
      tab: 'products',
      rest: '/shows/evening?t=754#a',
    });
  });

  it('is nothing for everyone else', () => {
    expect(readReturn({ pathname: '/shows/evening', search: '?t=754', hash: '' })).toBeNull();
  });
});
