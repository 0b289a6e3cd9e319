import { expect, it } from 'vitest';

const code = import.meta.glob<string>(['./**/*.ts', '!./**/*.test.ts'], { query: '?raw', import: 'default', eager: true });
const sheets = import.meta.glob<string>('./**/*.css', { query: '?raw', import: 'default', eager: true });

/** The sheets that code brings along, by their place. */
function imported(): string[] {
  const found = Object.entries(code).flatMap(([place, text]) =>
    [...text.matchAll(/^import '(.+\.css)';$/gm)].map(([, sheet]) => `.${new URL(sheet ?? '', `file:///${place}`).pathname}`),
  );
  return [...new Set(found)].sort();
}

it('every sheet that comes with code stands in the layer of the page, or the dial could not hide its elements', () => {
  const places = imported();
  expect(places).toContain('./points/points.css');
  const loose = places.filter((place) => {
    const rules = (sheets[place] ?? 'missing').replace(/\/\*.*?\*\//gs, '').replace(/@import '.+?' layer\(page\);/g, '').trim();
    return rules !== '' && !/^@layer page \{\n(?: .*\n|\n)*\}$/.test(rules);
  });
  expect(loose).toEqual([]);
});
