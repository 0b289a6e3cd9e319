/** The viewer page: the elements that the first paint needs. `lazy.ts` has the others. */
import type { Player } from '../player/index.ts';
import type { TimelineClient } from '../timeline-client/index.ts';
import { define } from '../ui/element.ts';
import '../ui/toast.ts';
import { SfAccount } from './account.ts';
import { SfCards, SfProductCard } from './cards.ts';
import { SfChapters } from './chapters.ts';
import { SfChat } from './chat.ts';
import { SfComposer } from './composer.ts';
import { SfCurtain } from './curtain.ts';
import { SfFloats, SfHearts } from './hearts.ts';
import { SfNameForm } from './name-form.ts';
import { SfCardStack } from './card-stack.ts';
import { SfNotices } from './notices.ts';
import { SfPanel } from './panel.ts';
import { SfRail } from './rail.ts';
import { SfShow } from './show.ts';
import { SfSide } from './side.ts';
import { SfStage } from './stage.ts';
import { SfWarning } from './warning.ts';
import './viewer.css';

declare global {
  interface Window {
    /** For tests and for the curious: the first player's picture and timeline. */
    showfloor?: { player: Player; timeline: TimelineClient };
  }
}

const asked = new URLSearchParams(location.search);
const isFeed = asked.has('programme-feed');
document.documentElement.classList.toggle('sf-feed', isFeed);

document.addEventListener('sf-ready', (event) => {
  const app = event.target instanceof SfShow ? event.target.app : null;
  // A mixer's browser plays sound without a gesture; others would stop the picture.
  if (app && isFeed && asked.has('sound')) app.player.setMuted(false);
  // *Mine* and the mails of offers lead here with what is kept for the viewer in the cart.
  if (app && asked.has('cart')) app.openPanel({ kind: 'cart' });
  if (app) window.showfloor ??= { player: app.player, timeline: app.timeline };
});

// The player first: the others ask it for the app.
define('sf-show', SfShow);
define('sf-account', SfAccount);
define('sf-cards', SfCards);
define('sf-chapters', SfChapters);
define('sf-chat', SfChat);
define('sf-composer', SfComposer);
define('sf-curtain', SfCurtain);
define('sf-floats', SfFloats);
define('sf-hearts', SfHearts);
define('sf-name-form', SfNameForm);
define('sf-card-stack', SfCardStack);
define('sf-notices', SfNotices);
define('sf-panel', SfPanel);
define('sf-product-card', SfProductCard);
define('sf-rail', SfRail);
define('sf-side', SfSide);
define('sf-stage', SfStage);
define('sf-warning', SfWarning);
