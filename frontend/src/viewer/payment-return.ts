/** The way back from the page of the buyer's bank. */

/** The checkout of a buyer who comes back from the bank's page; the address is made plain again. */
export function takeReturn(): string | null {
  const asked = new URLSearchParams(location.search);
  const checkoutId = asked.get('checkout');
  if (checkoutId === null) return null;
  for (const name of ['checkout', 'payment_intent', 'payment_intent_client_secret', 'redirect_status']) asked.delete(name);
  const rest = asked.toString();
  history.replaceState(history.state, '', `${location.pathname}${rest ? `?${rest}` : ''}${location.hash}`);
  return checkoutId;
}
