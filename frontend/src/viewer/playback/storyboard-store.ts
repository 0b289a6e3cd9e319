/** The storyboard of a player's show, fetched when somebody first seeks. */
import type { ViewingPass } from '../../api/types.ts';
import { Storyboard, type Tile } from '../../player/storyboard.ts';
import type { ViewerApp } from '../app.ts';

/** A running show has new pictures by then; a young one has its first ones soon. */
const AGAIN_AFTER_MS = 60_000;
const FIRST_AFTER_MS = 10_000;

export class StoryboardStore {
  readonly #app: ViewerApp;
  readonly #onChange: () => void;
  #board: Storyboard | null = null;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(app: ViewerApp, onChange: () => void) {
    this.#app = app;
    this.#onChange = onChange;
  }

  /** Null: there is none of this moment, or it is not here yet. */
  tileAt(pictureMs: number): Tile | null {
    this.#need();
    return this.#board?.tileAt(pictureMs) ?? null;
  }

  #need(): void {
    const isKnown = this.#board !== null && this.#app.view.state === 'ended';
    const pauseMs = this.#board ? AGAIN_AFTER_MS : FIRST_AFTER_MS;
    if (isKnown || performance.now() - this.#askedAtMs < pauseMs) return;
    this.#askedAtMs = performance.now();
    void this.#load().catch(() => undefined); // seeking works without previews
  }

  async #load(): Promise<void> {
    const { api, data } = this.#app;
    const isForSome = data.open_to && data.open_to !== 'everyone';
    const pass = isForSome ? passIn((await api.request<ViewingPass>(`/shows/${data.slug}/pass`)).hls_url) : '';
    this.#board = (await Storyboard.load(`/shows/${data.slug}/storyboard.json${pass ? `?pass=${pass}` : ''}`)) ?? this.#board;
    this.#onChange();
  }
}

/** The pass in the address of a show's media; empty without one. */
export function passIn(hlsUrl: string): string {
  return /\/pass\/([^/]+)\//.exec(hlsUrl)?.[1] ?? '';
}
