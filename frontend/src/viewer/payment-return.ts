/** The way to the page of the buyer's bank and back: to the same show, its moment, and the open tab. */

/** What the buyer leaves. `momentS`: the show time of the picture in a replay; null for what is live. */
export interface Place {
  momentS: number | null;
  tab: string;
}

export interface Return {
  checkoutId: string;
  tab: string | null;
  /** The address without what was only for the way back. */
  rest: string;
}

const OF_THE_BANK = ['checkout', 'tab', 'payment_intent', 'payment_intent_client_secret', 'redirect_status'];

/** The path that the bank's page leads back to. A replay that has no picture yet begins where its address says. */
export function returnPath(checkoutId: string, { momentS, tab }: Place, { pathname, search }: Pick<Location, 'pathname' | 'search'>): string {
  const asked = new URLSearchParams({ checkout: checkoutId });
  const moment = momentS === null ? new URLSearchParams(search).get('t') : String(Math.max(0, Math.floor(momentS)));
  if (moment !== null) asked.set('t', moment);
  if (tab !== 'chat') asked.set('tab', tab);
  return `${pathname}?${asked.toString()}`;
}

/** What an address says of a buyer who comes back; null for everyone else. */
export function readReturn({ pathname, search, hash }: Pick<Location, 'pathname' | 'search' | 'hash'>): Return | null {
  const asked = new URLSearchParams(search);
  const [checkoutId, tab] = [asked.get('checkout'), asked.get('tab')];
  if (checkoutId === null) return null;
  for (const name of OF_THE_BANK) asked.delete(name);
  const left = asked.toString();
  return { checkoutId, tab, rest: `${pathname}${left ? `?${left}` : ''}${hash}` };
}

/** The checkout of a buyer who comes back from the bank's page; the address is made plain again. */
export function takeReturn(): Return | null {
  const found = readReturn(location);
  if (found) history.replaceState(history.state, '', found.rest);
  return found;
}
