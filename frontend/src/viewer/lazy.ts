import { textsReady } from '../i18n/index.ts';
import { define } from '../ui/element.ts';

/**
 * The elements that are not needed for the first paint. Each is a chunk of its own, which is fetched when it is first
 * needed, and in any case once the picture is there: a tap must not wait for it, nor fail when the connection is lost.
 */
const MODULES = {
  'sf-auction': () => import('./auction.ts'),
  'sf-controls': async () => (await import('./playback/index.ts')).definePlayback(),
  'sf-captions': async () => (await import('./captions/index.ts')).defineCaptions(),
  'sf-caption-sheet': async () => (await import('./captions/sheet.ts')).defineCaptionSheet(),
  'sf-cart': () => import('./cart.ts'),
  'sf-checkout': async () => {
    const { SfCheckout } = await import('./checkout.ts');
    await textsReady(); // it has texts of its own
    define('sf-checkout', SfCheckout);
  },
  'sf-activations': async () => (await import('./points/index.ts')).definePoints(),
  'sf-giveaway': async () => (await import('./points/index.ts')).definePoints(),
  'sf-comment-codes': async () => {
    const { SfCommentCodes } = await import('./comment-codes.ts');
    await textsReady(); // it has texts of its own
    define('sf-comment-codes', SfCommentCodes);
  },
  'sf-deal': async () => {
    const { SfDeal } = await import('./deal.ts');
    await textsReady(); // it has texts of its own
    define('sf-deal', SfDeal);
  },
  'sf-news': () => import('./news-list.ts'),
  'sf-playback-sheet': async () => (await import('./playback/sheet.ts')).definePlaybackSheet(),
  'sf-poll': () => import('./poll.ts'),
  'sf-product': () => import('./product.ts'),
  'sf-product-list': () => import('./product-list.ts'),
  'sf-selling-pause': async () => {
    const { SfSellingPause } = await import('./selling-pause.ts');
    await textsReady(); // it has texts of its own
    define('sf-selling-pause', SfSellingPause);
  },
  'sf-speed': () => import('./speed.ts'),
  'sf-questions': () => import('./questions.ts'),
} as const;

export type LazyElement = keyof typeof MODULES;

/** Fetch the element's code unless it is here: it comes to life where it stands. */
export async function loadElement(name: LazyElement): Promise<void> {
  if (!customElements.get(name)) await MODULES[name]();
}

/** Fetch all of them, one after another, when the browser has nothing better to do. A failure is left to the first use. */
export async function loadAllElements(): Promise<void> {
  for (const name of Object.keys(MODULES) as LazyElement[]) {
    await idle();
    await loadElement(name).catch(() => undefined);
  }
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: 2_000 });
    else setTimeout(resolve, 200);
  });
}
