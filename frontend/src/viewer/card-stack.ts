/**
 * `<sf-card-stack>`: the cards of what the producer has opened at this picture, one below the other: beside the picture
 * in the column, above the chat on a phone. Each card's code is fetched when there is one to draw. `data-dial` says how
 * loud the viewer's dial must be for it.
 */
import { html, nothing, type TemplateResult } from 'lit';
import type { Topic, ViewerApp } from './app.ts';
import { AppElement } from './element.ts';
import { loadElement, type LazyElement } from './lazy.ts';

interface Card {
  element: LazyElement;
  isOn: (app: ViewerApp) => boolean;
  draw: () => TemplateResult;
}

const CARDS: readonly Card[] = [
  { element: 'sf-selling-pause', isOn: (app) => app.view.selling !== null, draw: () => html`<sf-selling-pause data-dial="quiet"></sf-selling-pause>` },
  { element: 'sf-deal', isOn: (app) => app.view.deals.length > 0, draw: () => html`<sf-deal></sf-deal>` },
  { element: 'sf-kept', isOn: (app) => app.shop.cart.reserved.length > 0, draw: () => html`<sf-kept data-dial="quiet"></sf-kept>` },
  { element: 'sf-giveaway', isOn: (app) => app.talk.giveaways.current !== null, draw: () => html`<sf-giveaway data-dial="normal"></sf-giveaway>` },
  { element: 'sf-activations', isOn: (app) => app.talk.activations.current.length > 0, draw: () => html`<sf-activations data-dial="normal"></sf-activations>` },
];

export class SfCardStack extends AppElement {
  static override topics: readonly Topic[] = ['view', 'talk', 'layout', 'shop'];

  override render() {
    return CARDS.map(({ element, isOn, draw }) => {
      if (!isOn(this.app)) return nothing;
      void loadElement(element).catch(() => undefined); // asked for again with the next drawing
      return draw();
    });
  }
}
