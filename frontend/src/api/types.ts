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
  reply_to?: { message_id: string; name?: string; text?: string } | null;
  mentions?: { id: string; name: string }[];
}

/** Who may write (`everyone`, `signed_in`, `customers`, `trait`, `staff`), and how often. */
export interface ChatRules {
  mode: string;
  trait: string | null;
  slow_s: number;
  shield: boolean;
}

export interface SnapshotPinned {
  message_id: string;
  author: Author;
  text: string;
  mentions?: { id: string; name: string }[];
  /** The picture from which it is held above the chat. */
  pinned_at: string;
}

export interface SnapshotAnnouncement {
  announcement_id: string;
  text: string;
  url: string | null;
  started_at: string;
}

export interface SnapshotQuestion {
  question_id: string;
  seq: number;
  at: string;
  author: Author;
  text: string;
  product_id: string | null;
  state: string;
  votes: number;
  merged_into: string | null;
  answering: string | null;
  answered_at: string | null;
  answer: { text: string; name: string } | null;
}

export interface SnapshotPoll {
  poll_id: string;
  question: string;
  options: { position: number; text: string }[];
  choices_max: number;
  is_quiz: boolean;
  hides_tally: boolean;
  state: string;
  opened_at: string;
  closed_at: string | null;
  closes_at: string | null;
  /** Null while the tally is hidden. */
  votes: number[] | null;
  voters: number;
  right: number[];
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
  brand: { slug: string; name: string; accent?: string | null; logo_url?: string | null };
  hls_url: string;
  timeline: { url: string; seq: number; epoch: string };
  now: string;
  curtain: Curtain | null;
  highlights: SnapshotHighlight[];
  messages: SnapshotMessage[];
  chat?: ChatRules;
  pinned?: SnapshotPinned | null;
  announcement?: SnapshotAnnouncement | null;
  questions?: SnapshotQuestion[];
  polls?: SnapshotPoll[];
  /** All reactions so far, by sort. */
  reactions?: Record<string, number>;
}

/** Something that this person said. */
export interface OwnMessage {
  message_id: string;
  client_id: string;
  at: string;
  text: string;
  reply_to?: { message_id: string; name?: string; text?: string };
  mentions?: { id: string; name: string }[];
}

/** `GET /shows/{slug}/mine`: what this person has done and is told, beside what everyone sees. */
export interface Mine {
  /** Chosen positions, by poll. */
  votes?: Record<string, number[]>;
  /** Questions that this person wants answered. */
  question_votes?: string[];
  /** Asked by this person; `held` waits for review. */
  questions?: { question_id: string; client_id: string; text: string; product_id?: string | null; state: string; votes?: number }[];
  held?: { message_id: string; client_id: string; text?: string }[];
  /** What this person said lately, as far as they know shown. */
  sent?: OwnMessage[];
  /** Of their own stream: what it told until then and is not in here is over. */
  own_seq?: number;
  time_out_until?: string | null;
  time_out_reason?: string;
  warning?: { warning_id: string; reason: string } | null;
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

export interface ProductAnswer {
  question_id: string;
  question: string;
  /** Show time at which it was answered on air. */
  answered_at_s: number | null;
  /** In writing, to everyone. */
  answer: string | null;
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
  /** In the page's data alone. */
  answers?: ProductAnswer[];
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
  /** Units that this person's own open checkout keeps, by variant: the timeline's stock is without them. */
  held: Record<string, number>;
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
  variant_id: string | null;
  name: string;
  options: Record<string, string>;
  image_url?: string | null;
  quantity: number;
  price: number;
  line_total: number;
}

export interface Checkout {
  id: string;
  /** `holding`, `paying`, `completed`, `abandoned`, `expired`. */
  state: string;
  expires_at: string;
  lines: CheckoutLine[];
  /** ISO 3166-1 codes: where the brand sends to. */
  countries: string[];
  /** Whether parcels to the chosen country need one. */
  postal_code_required?: boolean;
  /** What can be chosen for the country. */
  shipping_options: ShippingOption[];
  totals: Totals;
  email?: string | null;
  name?: string | null;
  address?: Address | null;
  shipping_option?: string | null;
}

export interface OrderState {
  number: string;
  /** The order's page, for whoever has this address. */
  url: string;
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
  /** Members of one code alone. */
  [member: string]: unknown;
}
