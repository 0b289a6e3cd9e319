/** Shapes of `/api/v1`, as the server sends them. Money is in minor units, times are ISO 8601 in UTC. */

export type ShowState = 'draft' | 'scheduled' | 'live' | 'ended';
export type Curtain = 'pending' | 'paused' | 'ended';
export type Role = 'viewer' | 'member' | 'owner' | 'producer' | 'moderator' | 'host' | (string & {});

export interface Author {
  id: string;
  name: string;
  role: Role;
}

export interface Viewer {
  id: string;
  name: string | null;
  role: Role;
}

export interface ViewerToken {
  token: string;
  expires_at: string;
  viewer: Viewer;
}

export interface SnapshotHighlight {
  highlight_id: string;
  product_ids: string[];
  /** The picture from which the highlight is on screen, not the moment of the click. */
  started_at: string;
  ended_at: string | null;
}

export interface SnapshotMessage {
  message_id: string;
  seq: number;
  at: string;
  author: Author;
  text: string;
  client_id?: string;
}

/** `GET /shows/{slug}`: the show as of `timeline.seq`. */
export interface ShowSnapshot {
  slug: string;
  title: string;
  description: string;
  state: ShowState;
  starts_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  cover_url: string | null;
  hosts: { name: string; picture_url: string | null }[];
  brand: { slug: string; name: string; accent?: string | null };
  hls_url: string;
  timeline: { url: string; seq: number; epoch: string };
  now: string;
  curtain: Curtain | null;
  highlights: SnapshotHighlight[];
  messages: SnapshotMessage[];
}

export interface Variant {
  id: string;
  sku: string;
  options: Record<string, string>;
  price: number;
  compare_at_price: number | null;
  currency: string;
  available: number;
  image_url: string | null;
}

export interface Product {
  id: string;
  reference: string;
  name: string;
  description_html: string;
  image_url: string | null;
  category: string | null;
  variants: Variant[];
  option_names: string[];
  /** Show times, in seconds from `started_at`. */
  shown_at_s: number[];
}

export interface CartItem {
  sku: string;
  variant_id: string;
  product_id: string;
  name: string;
  options: Record<string, string>;
  image_url: string | null;
  quantity: number;
  price: number;
  line_total: number;
  available: number;
}

export interface Cart {
  currency: string;
  items: CartItem[];
  subtotal: number;
  count: number;
}

export interface Totals {
  subtotal: number;
  shipping: number;
  tax_included: number;
  total: number;
  currency: string;
}

export interface ShippingOption {
  id: string;
  name: string;
  price: number;
  note?: string | null;
  /** ISO 3166-1 codes; empty: everywhere. */
  countries?: string[];
}

export interface Address {
  line1: string;
  line2?: string;
  postal_code: string;
  city: string;
  country: string;
}

export interface CheckoutLine {
  sku: string;
  name: string;
  options: Record<string, string>;
  image_url?: string | null;
  quantity: number;
  price: number;
  line_total: number;
}

export interface Checkout {
  id: string;
  expires_at: string;
  lines: CheckoutLine[];
  shipping_options: ShippingOption[];
  totals: Totals;
  email?: string | null;
  name?: string | null;
  address?: Address | null;
  shipping_option?: string | null;
}

export interface OrderState {
  number: string;
  state: string;
  payment_state: string;
}

export interface Order extends OrderState {
  totals: Totals;
  lines: CheckoutLine[];
  email: string;
}

/** RFC 9457 problem details, with the members that ours carry. */
export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail: string;
  field?: string;
  available?: number;
  retry_after_s?: number;
}
