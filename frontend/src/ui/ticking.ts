/** Parts of a page that change with time alone. */
import { AsyncDirective, directive } from 'lit/async-directive.js';

const TICK_MS = 500;

const redraws = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function start(redraw: () => void): void {
  redraws.add(redraw);
  timer ??= setInterval(() => {
    for (const one of redraws) one();
  }, TICK_MS);
}

function stop(redraw: () => void): void {
  redraws.delete(redraw);
  if (redraws.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

class Ticking extends AsyncDirective {
  #read: () => unknown = () => '';
  readonly #redraw = (): void => this.setValue(this.#read());

  override render(read: () => unknown): unknown {
    this.#read = read;
    if (this.isConnected) start(this.#redraw);
    return read();
  }

  protected override disconnected(): void {
    stop(this.#redraw);
  }

  protected override reconnected(): void {
    start(this.#redraw);
  }
}

/** Draws what `read` returns, twice a second; nothing around it is drawn again. */
export const ticking = directive(Ticking);
