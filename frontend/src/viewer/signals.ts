/** Requests from one element of a player to another: the sender does not know which element answers. */
import type { Reaction } from './talk/hearts.ts';

export class Signal<Value = undefined> {
  readonly #listeners = new Set<(value: Value) => void>();

  listen(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  send(value: Value): void {
    for (const listener of this.#listeners) listener(value);
  }
}

export class Signals {
  /** A screen reader hears what others see. */
  readonly announce = new Signal<string>();
  /** The moderator's warning opens. */
  readonly showWarning = new Signal();
  /** The message field, or the line that stands in its place, gets the focus. */
  readonly focusComposer = new Signal();
  /** The chat gets the focus: the element that had it is gone. */
  readonly focusChat = new Signal();
  /** The viewer's own reaction rises over the picture. */
  readonly ownReaction = new Signal<Reaction>();
}
