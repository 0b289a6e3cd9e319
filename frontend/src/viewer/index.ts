/** The viewer page: reads the show from the page, then brings its elements to life. */
import { useLanguage } from '../i18n/index.ts';
import type { Player } from '../player/index.ts';
import type { TimelineClient } from '../timeline-client/index.ts';
import { define } from '../ui/element.ts';
import '../ui/toast.ts';
import { ViewerApp } from './app.ts';
import { SfAccount } from './account.ts';
import { SfAboveChat } from './above-chat.ts';
import { SfCards, SfProductCard } from './cards.ts';
import { SfCart } from './cart.ts';
import { SfChat } from './chat.ts';
import { SfCheckout } from './checkout.ts';
import { SfComposer } from './composer.ts';
import { SfControls } from './controls.ts';
import { SfCurtain } from './curtain.ts';
import { readShowData } from './data.ts';
import { provideApp } from './element.ts';
import { SfFloats, SfHearts } from './hearts.ts';
import { SfLiveRegion } from './live-region.ts';
import { SfNameForm } from './name-form.ts';
import { SfNews } from './news-list.ts';
import { SfPanel } from './panel.ts';
import { SfPoll } from './poll.ts';
import { SfAnswers, SfAppearances, SfChapters, SfProduct, SfProductList } from './products.ts';
import { SfQuestions } from './questions.ts';
import { SfSide } from './side.ts';
import { SfStage } from './stage.ts';
import { SfWarning } from './warning.ts';
import './viewer.css';

const ELEMENTS = {
  'sf-account': SfAccount,
  'sf-above-chat': SfAboveChat,
  'sf-answers': SfAnswers,
  'sf-appearances': SfAppearances,
  'sf-cards': SfCards,
  'sf-cart': SfCart,
  'sf-chapters': SfChapters,
  'sf-chat': SfChat,
  'sf-checkout': SfCheckout,
  'sf-composer': SfComposer,
  'sf-controls': SfControls,
  'sf-curtain': SfCurtain,
  'sf-floats': SfFloats,
  'sf-hearts': SfHearts,
  'sf-live-region': SfLiveRegion,
  'sf-name-form': SfNameForm,
  'sf-news': SfNews,
  'sf-panel': SfPanel,
  'sf-poll': SfPoll,
  'sf-product': SfProduct,
  'sf-product-card': SfProductCard,
  'sf-product-list': SfProductList,
  'sf-questions': SfQuestions,
  'sf-side': SfSide,
  'sf-stage': SfStage,
  'sf-warning': SfWarning,
};

declare global {
  interface Window {
    /** For tests and for the curious: the picture's moment, its latency, the timeline's position. */
    showfloor?: { player: Player; timeline: TimelineClient };
  }
}

async function main(): Promise<void> {
  const data = readShowData(document);
  await useLanguage(data.language ?? document.documentElement.lang);
  const app = new ViewerApp(data);
  provideApp(app);
  window.showfloor = { player: app.player, timeline: app.timeline };
  app.start();
  for (const [name, element] of Object.entries(ELEMENTS)) define(name, element);
}

void main();
