/**
 * Server-rendered pages say times in the brand's zone; here public ones are said in the visitor's own.
 * `<time data-local="full|day" datetime="…">`; with `data-until` also how long it is until then.
 */
import { localTime, untilWords } from './times.ts';

const TICK_MS = 20_000;

const language = document.documentElement.lang || 'en';

for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-local], time[data-until]')) {
  const { local } = element.dataset;
  const said = local === undefined ? element.textContent : localTime(element.dateTime, language, local);
  if (said === null) continue;
  element.textContent = said;
  if (element.dataset.until === undefined) continue;
  const until = document.createElement('span');
  until.className = 'sf-until';
  element.append(' ', until);
  const count = (): void => {
    until.textContent = untilWords(element.dateTime, Date.now(), language) ?? '';
  };
  count();
  setInterval(count, TICK_MS);
}
