/** The data that the server puts into `<sf-show>`: the show's snapshot, and the viewer's own token and cart. */
import type { Cart, Product, ShowSnapshot, Viewer, ViewerToken, ViewingPass } from '../api/types.ts';
import type { Payments } from './payment-gateway.ts';

/** One market of the brand, and the address of this page in it. */
export interface MarketChoice {
  code: string;
  name: string;
  currency: string;
  url: string;
  is_here: boolean;
}

export interface ShowData extends ShowSnapshot {
  /** The short name of the page's market, empty for the brand's home market. */
  market?: string;
  /** How much stands on the picture at first: quiet, normal, full. */
  dial?: string;
  /** More than one, or none. */
  markets?: MarketChoice[];
  /** A viewer token with its times, or the bare token. */
  token?: ViewerToken | string | null;
  expires_at?: string;
  viewer?: Viewer;
  /** The viewing pass of a show that is not open to everyone. */
  pass?: ViewingPass;
  /** This is the entrance of the show, for people who may not watch it (yet): `products` are the tickets. */
  entrance?: boolean;
  products: Product[];
  cart: Cart | null;
  language?: string;
  /** The brand's next public shows, when the page was drawn. */
  coming?: { title: string; url: string; starts_at: string }[];
  /** The brand's payment provider; null where nothing can be bought. */
  payments?: Payments | null;
  /** Optional features of this installation. */
  features?: { translation?: boolean };
  urls?: { api?: string; programme?: string; testpay?: string; calendar?: string; login?: string; orders?: string; mine?: string; logout?: string };
}

const GUEST: Viewer = { id: '', name: '', role: 'guest' };

/** Null: the page was served without a token (from a cache); one is fetched when it is needed. */
export function tokenOf(data: ShowData): ViewerToken | null {
  if (!data.token) return null;
  if (typeof data.token !== 'string') return data.token;
  return { token: data.token, expires_at: data.expires_at ?? data.now, viewer: data.viewer ?? GUEST };
}
