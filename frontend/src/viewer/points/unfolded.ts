/** A card that was opened is seen from its top: the cards above it are scrolled away. */
export function seenFromTop(card: Element | null): void {
  const stack = card?.closest('.sf-side__above') ?? card?.closest('sf-card-stack'); // what scrolls: in the column all cards together
  if (card && stack) stack.scrollTop += card.getBoundingClientRect().top - stack.getBoundingClientRect().top;
}
