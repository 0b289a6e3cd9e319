/**
 * The shapes of `/api/v1` under the names that this code uses. `schema.ts` is generated from the server's types; here
 * stand only the few sets of words that a switch decides on, and the shapes that no operation answers with.
 */
import type * as schema from './schema.ts';

export type ShowState = 'draft' | 'scheduled' | 'live' | 'ended';
export type Curtain = 'pending' | 'paused' | 'ended';

export type { Author, CartItem, ChatRules, OrderState, Totals } from './schema.ts';
export type Address = schema.AddressView;
export type Cart = schema.CartView;
export type AddressField = schema.AddressField;
export type CartBundle = schema.CartBundle;
export type Checkout = schema.CheckoutView;
export type Rehearsal = schema.RehearsalView;
export type SavedAddress = schema.SavedAddressView;
export type SavedMethod = schema.SavedMethodView;
export type ShippingChoice = schema.ShippingChoice;
export type CheckoutLine = schema.OrderedLine;
/** What this person has done in a show; each part is taken where it is there. */
export type Mine = Partial<schema.Mine>;
export type Order = schema.OrderView;
export type OwnMessage = schema.SentMessage;
export type SnapshotAuction = schema.AuctionView;
export type SnapshotDeal = schema.DealView;
export type SnapshotMessage = schema.MessageView;
export type SnapshotPoll = schema.PollView;
export type SnapshotQuestion = schema.QuestionView;
export type Variant = schema.VariantView;
export type Viewer = schema.ViewerOut;
export type ViewerToken = schema.TokenOut;
export type ViewingPass = schema.PassOut;

/** `GET /shows/{slug}`: the show as of `timeline.seq`. */
export type ShowSnapshot = Omit<schema.Snapshot, 'state' | 'curtain'> & { state: ShowState; curtain: Curtain | null };

/** An answer beside a product, in a page's data. */
export type ProductAnswer = Pick<schema.ProductPageAnswer, 'question_id' | 'question' | 'answered_at_s' | 'answer'>;

/** A product of a show; a page's data has its answers, too. */
export type Product = schema.ProductView & { answers?: ProductAnswer[]; delivery?: { days_min: number; days_max: number } | null };

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
