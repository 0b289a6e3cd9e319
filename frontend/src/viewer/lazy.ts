import { textsReady } from '../i18n/index.ts';
import { define } from '../ui/element.ts';

/** A chunk does not define its elements: they would be drawn before the texts that came with their code. */
interface Chunk {
  elements: Readonly<Record<string, CustomElementConstructor>>;
}

/**
 * The elements that are not needed for the first paint. Each is a chunk of its own, which is fetched when it is first
 * needed, and in any case once the picture is there: a tap must not wait for it, nor fail when the connection is lost.
 */
const CHUNKS = {
  'sf-live-region': () => import('./live-region.ts'),
  'sf-auction': () => import('./auction.ts'),
  'sf-controls': () => import('./playback/index.ts'),
  'sf-captions': () => import('./captions/index.ts'),
  'sf-caption-sheet': () => import('./captions/sheet.ts'),
  'sf-cart': () => import('./cart.ts'),
  'sf-checkout': () => import('./checkout.ts'),
  'sf-activations': () => import('./points/index.ts'),
  'sf-giveaway': () => import('./points/index.ts'),
  'sf-comment-codes': () => import('./comment-codes.ts'),
  'sf-deal': () => import('./deal.ts'),
  'sf-kept': () => import('./kept.ts'),
  'sf-news': () => import('./news-list.ts'),
  'sf-playback-sheet': () => import('./playback/sheet.ts'),
  'sf-poll': () => import('./poll.ts'),
  'sf-product': () => import('./product.ts'),
  'sf-product-list': () => import('./product-list.ts'),
  'sf-selling-pause': () => import('./selling-pause.ts'),
  'sf-speed': () => import('./speed.ts'),
  'sf-questions': () => import('./questions.ts'),
} as const satisfies Record<string, () => Promise<Chunk>>;

export type LazyElement = keyof typeof CHUNKS;

/** Fetch the element's code unless it is here: it comes to life where it stands. */
export async function loadElement(name: LazyElement): Promise<void> {
  if (customElements.get(name)) return;
  const { elements }: Chunk = await CHUNKS[name]();
  await textsReady();
  for (const [tag, element] of Object.entries(elements)) define(tag, element);
}

/** Fetch all of them, one after another, when the browser has nothing better to do. A failure is left to the first use. */
export async function loadAllElements(): Promise<void> {
  for (const name of Object.keys(CHUNKS) as LazyElement[]) {
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
