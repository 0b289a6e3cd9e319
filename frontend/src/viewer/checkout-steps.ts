/** The steps of a checkout, and the step that an answer of the server leads to. Pure. */
import { ApiError } from '../api/client.ts';
import type { OrderState, Totals } from '../api/types.ts';

const SETTLED = new Set(['captured', 'authorized']);
const FAILED = new Set(['failed', 'voided']);

export type Step =
  | { name: 'preparing' }
  | { name: 'details' }
  | { name: 'payment' }
  | { name: 'done'; order: OrderState | null; email: string; totals: Totals; outcome: 'paid' | 'pending' | 'failed' }
  | { name: 'expired' }
  /** Paid in another page of the same person. */
  | { name: 'elsewhere' }
  /** Another page of the same person began a checkout of its own, or left this one: it may have paid. */
  | { name: 'taken' }
  | { name: 'short'; sku: string; available: number }
  | { name: 'refused'; text: string };

/** Without an order the provider has not authorised yet; a mail will tell the outcome. */
export function outcomeOf(order: OrderState | null): 'paid' | 'pending' | 'failed' {
  if (!order) return 'pending';
  if (SETTLED.has(order.payment_state)) return 'paid';
  return FAILED.has(order.payment_state) || order.state === 'cancelled' ? 'failed' : 'pending';
}

export function refusal(error: unknown): Step {
  if (!(error instanceof ApiError)) throw error;
  const { available, field, detail } = error.problem;
  return available === undefined ? { name: 'refused', text: detail } : { name: 'short', sku: field ?? '', available };
}

/** The step that a refused payment leads to; null: the buyer can pay this checkout another way. */
export function stepAfter(error: ApiError): Step | null {
  if (error.status === 402) return null;
  if (error.problem.available !== undefined) return refusal(error);
  const isGone = error.status === 404 || error.status === 410 || error.code.includes('expired');
  return isGone ? { name: 'expired' } : null;
}
