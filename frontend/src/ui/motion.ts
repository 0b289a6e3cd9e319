/** The person's wish for pages that move less. */
export function prefersStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** The way in which a script scrolls: style sheets have no say in it. */
export function scrollBehavior(): ScrollBehavior {
  return prefersStill() ? 'auto' : 'smooth';
}
