import { expect, it, vi } from 'vitest';
import { useLanguage } from '../i18n/index.ts';
import { loadElement } from './lazy.ts';

interface Texts {
  default: Record<string, string>;
}

const line = vi.hoisted(() => {
  const answers: ((texts: Texts) => void)[] = [];
  const texts = new Promise<Texts>((resolve) => answers.push(resolve));
  return { texts, send: (one: Texts) => answers[0]?.(one) };
});

vi.mock('./kept-texts/de.json', () => line.texts);

it('an element that comes late is not defined before the texts that came with its code', async () => {
  await useLanguage('de');
  const loading = loadElement('sf-cart');
  await import('./cart.ts');
  await new Promise((resolve) => setTimeout(resolve)); // the loader goes on as far as it can
  expect(customElements.get('sf-cart')).toBeUndefined();
  line.send({ default: { kept: 'Für dich aufgehoben' } });
  await loading;
  const { say } = await import('./kept-texts/index.ts');
  expect([customElements.get('sf-cart') === undefined, say('kept')]).toEqual([false, 'Für dich aufgehoben']);
});
