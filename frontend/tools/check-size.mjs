// What a browser fetches before a page works, as gzip. A budget is raised in the change that needs it.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../../src/showfloor/site/static/dist/', import.meta.url);
const budgets = JSON.parse(readFileSync(new URL('../size-budget.json', import.meta.url), 'utf8'));
const manifest = JSON.parse(readFileSync(new URL('manifest.json', dist), 'utf8'));

function filesOf(entry, seen) {
  const item = manifest[entry];
  if (!item) throw new Error(`size-budget.json names ${entry}, which the build does not have`);
  if (seen.has(item.file)) return seen;
  seen.add(item.file);
  for (const name of item.css ?? []) seen.add(name);
  for (const imported of item.imports ?? []) filesOf(imported, seen);
  return seen;
}

let isOver = false;
for (const { page, entries, budget_kb: budgetKb } of budgets) {
  const files = new Set();
  for (const entry of entries) filesOf(entry, files);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0);
  const kb = bytes / 1000;
  console.log(`${page} ${kb.toFixed(1)} kB gzip, budget ${budgetKb} kB`);
  isOver ||= kb > budgetKb;
}
process.exitCode = isOver ? 1 : 0;
