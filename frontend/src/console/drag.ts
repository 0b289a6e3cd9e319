/** Dragging a row by its grip, with mouse, pen or finger. The rows stay where they are until it is dropped. */
export interface DragEvents {
  /** The row under the pointer has changed. */
  readonly over: (row: HTMLElement) => void;
  /** Let go (`true`) or broken off. */
  readonly end: (isDrop: boolean) => void;
}

/** Called with the grip's `pointerdown`; `selector` finds the rows below `root`. Escape breaks it off. */
export function startDrag(event: PointerEvent, root: HTMLElement, selector: string, events: DragEvents): void {
  if (event.button !== 0) return;
  event.preventDefault();
  const stop = new AbortController();
  const { signal } = stop;
  const finish = (isDrop: boolean): void => {
    stop.abort();
    events.end(isDrop);
  };
  const move = (at: PointerEvent): void => {
    const row = document.elementFromPoint(at.clientX, at.clientY)?.closest<HTMLElement>(selector);
    if (row && root.contains(row)) events.over(row);
  };
  const key = (pressed: KeyboardEvent): void => {
    if (pressed.key === 'Escape') finish(false);
  };
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', () => finish(true), { signal });
  addEventListener('pointercancel', () => finish(false), { signal });
  addEventListener('keydown', key, { signal });
}
