/** `<sf-draw record="…">`: the check of a draw in the browser. The words stand in the page; this file shows one of them. */
import './draw/draw.css';
import { faultsOf, type DrawRecord } from './draw/verify.ts';

const STATES = ['busy', 'right', 'wrong', 'failed'] as const;

class SfDraw extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('[data-check]')?.addEventListener('click', () => void this.#check());
  }

  async #check(): Promise<void> {
    this.#show('busy');
    try {
      const answer = await fetch(this.getAttribute('record') ?? '');
      if (!answer.ok) throw new Error(answer.statusText);
      const record = (await answer.json()) as DrawRecord;
      const faults = faultsOf(record);
      const named = this.querySelector('[data-faults]');
      if (named) named.textContent = faults.join(', ');
      this.#show(faults.length === 0 ? 'right' : 'wrong');
    } catch {
      this.#show('failed');
    }
  }

  #show(state: (typeof STATES)[number]): void {
    for (const one of STATES) this.querySelector(`[data-${one}]`)?.toggleAttribute('hidden', one !== state);
  }
}

customElements.define('sf-draw', SfDraw);
