/**
 * Server-rendered pages say times in the brand's zone; here public ones are said in the visitor's own.
 * `<time data-local="full|day" datetime="…">`; with `data-until` also how long it is until then; with
 * `data-counts-down`, in the last hour, minutes and seconds by the server's clock, which the page says
 * (`data-server-now`).
 */
import { leftWords, localTime, untilWords } from './times.ts';

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

const drawnAtMs = performance.now();
for (const page of document.querySelectorAll<HTMLElement>('[data-server-now]')) {
  const serverNow = Number(page.dataset.serverNow);
  for (const element of page.querySelectorAll<HTMLTimeElement>('time[data-counts-down]')) {
    const end = Date.parse(element.dateTime);
    const count = (): void => {
      const left = end - serverNow - (performance.now() - drawnAtMs);
      element.textContent = left > 0 ? leftWords(element.dateTime, left, language) : (element.dataset.over ?? '');
    };
    count();
    setInterval(count, 500);
  }
}
