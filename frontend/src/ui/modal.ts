/** The window that lies over everything: outside of it nothing is seen or heard. */
export function topmostModal(): HTMLDialogElement | null {
  return [...document.querySelectorAll<HTMLDialogElement>('dialog:modal')].at(-1) ?? null;
}
