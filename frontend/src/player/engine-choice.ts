/** Whether the picture comes from the live edge or by HLS: the edge where it is offered and works, else HLS by itself. */
import type { EngineFactory } from './engine.ts';
import type { EngineLoader } from './engines.ts';

/** After a failure the edge is tried again with the next loading after this time, and after twice that the next time. */
const AGAIN_AFTER_S = 30;
const AGAIN_AFTER_MAX_S = 600;
/** An edge that worked for this time was worth the try. */
const GOOD_S = 60;

/** Times in seconds of any steady clock. */
export class EngineChoice {
  readonly #usual: EngineLoader;
  readonly #edge: EngineLoader | null;
  readonly #known = new Map<EngineLoader, EngineFactory>();
  #againAtS = Number.NEGATIVE_INFINITY;
  #againAfterS = AGAIN_AFTER_S;
  #beganAtS = Number.NEGATIVE_INFINITY;
  #isLeft = false;
  /** The edge sends every picture as soon as it is there, which is nothing for a viewer who saves data. */
  isSaving: boolean;

  constructor(usual: EngineLoader, edge: EngineLoader | null, isSaving = false) {
    this.isSaving = isSaving;
    this.#usual = usual;
    this.#edge = edge;
  }

  isEdgeWanted(nowS: number): boolean {
    return this.#edge !== null && !this.#isLeft && !this.isSaving && nowS >= this.#againAtS;
  }

  /** The engine to begin with; its code, if it has been fetched before. */
  choose(mayBeEdge: boolean, nowS: number): { isEdge: boolean; known: EngineFactory | null; load: EngineLoader } {
    const isEdge = mayBeEdge && this.isEdgeWanted(nowS);
    const loader = isEdge && this.#edge ? this.#edge : this.#usual;
    const load = async () => {
      const create = await loader();
      this.#known.set(loader, create);
      return create;
    };
    return { isEdge, known: this.#known.get(loader) ?? null, load };
  }

  began(nowS: number): void {
    this.#beganAtS = nowS;
  }

  failed(nowS: number): void {
    const wasGood = nowS - this.#beganAtS >= GOOD_S;
    this.#againAfterS = wasGood ? AGAIN_AFTER_S : this.#againAfterS;
    this.#againAtS = nowS + this.#againAfterS;
    this.#againAfterS = Math.min(AGAIN_AFTER_MAX_S, 2 * this.#againAfterS);
  }

  /** The viewer wants an earlier picture, which HLS alone has. */
  leave(): void {
    this.#isLeft = true;
  }

  comeBack(): void {
    this.#isLeft = false;
  }
}
