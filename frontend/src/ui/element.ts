/** Elements are drawn into the page itself, so that `base.css`, autofill and labels reach them. */
import { LitElement } from 'lit';

export class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    // The server's drawing in the element's place (a skeleton, a text without scripts) has done its work.
    this.replaceChildren();
    return this;
  }
}

/** Define once: two copies of a bundle on one page must not throw. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
