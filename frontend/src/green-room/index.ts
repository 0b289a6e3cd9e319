/** The green room's entry: the page behind a guest's link. */
import { useLanguage } from '../i18n/index.ts';
import '../console/texts.ts';
import '../studio/texts.ts';
import './texts.ts';

async function main(): Promise<void> {
  // Elements draw when they are defined, so the language comes first.
  await useLanguage(document.documentElement.lang || 'en');
  await import('./green-room-view.ts');
}

void main();
