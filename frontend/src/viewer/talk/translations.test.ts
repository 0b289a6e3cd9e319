import { describe, expect, it } from 'vitest';
import { Translations } from './translations.ts';

function translations(ask: (messageId: string) => Promise<string>) {
  const changes: (string | null)[] = [];
  const made = new Translations({ ask, onChange: () => changes.push(made.of('m1')?.state ?? null) });
  return { made, changes };
}

describe('translations', () => {
  it('are asked for once, and shown and hidden', async () => {
    const asked: string[] = [];
    const { made, changes } = translations((id) => {
      asked.push(id);
      return Promise.resolve('Guten Abend');
    });
    const first = made.toggle('m1');
    await made.toggle('m1'); // a second tap while it is on its way
    await first;
    expect(made.of('m1')).toEqual({ state: 'translated', text: 'Guten Abend' });
    await made.toggle('m1');
    expect(made.of('m1')?.state).toBe('original');
    await made.toggle('m1');
    expect(changes).toEqual(['loading', 'translated', 'original', 'translated']);
    expect(asked).toEqual(['m1']);
    expect(made.of('m2')).toBeNull();
  });

  it('that failed can be asked for again', async () => {
    let isThere = false;
    const { made, changes } = translations(() => (isThere ? Promise.resolve('Hallo') : Promise.reject(new Error('busy'))));
    await expect(made.toggle('m1')).rejects.toThrow('busy');
    expect(made.of('m1')).toBeNull();
    isThere = true;
    await made.toggle('m1');
    expect(changes).toEqual(['loading', null, 'loading', 'translated']);
  });

  it('are not kept without end', async () => {
    const { made } = translations((id) => Promise.resolve(id));
    for (let n = 0; n <= 200; n += 1) await made.toggle(`m${n}`);
    expect(made.of('m0')).toBeNull();
    expect(made.of('m200')?.text).toBe('m200');
  });
});
