/** Everything that the console's pages need: the live screen and the form of a show. */
import { useLanguage } from '../i18n/index.ts';
import './texts.ts'; // so that these texts are loaded too

// Elements draw when they are defined, so the language comes first.
await useLanguage(document.documentElement.lang || 'en');
await import('./live.ts');
