/** The console's entry: it loads the live screen or the form of a show, as the page needs. */
import { useLanguage } from '../i18n/index.ts';
import './texts.ts'; // so that these texts are loaded, too

async function main(): Promise<void> {
  // Elements draw when they are defined, so the language comes first.
  await useLanguage(document.documentElement.lang || 'en');
  if (document.querySelector('sf-console-live')) await import('./live.ts');
  if (document.querySelector('sf-show-wall')) await import('./overview.ts');
  if (document.querySelector('sf-live-sales')) await import('./sales-board.ts');
  if (document.querySelector('sf-show-form')) await import('./show-form.ts');
}

void main();
