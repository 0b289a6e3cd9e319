/** The page of a show for people who may not watch it (yet): it tells of the show, and sells its tickets. */
import '../programme/index.ts';
import { define } from '../ui/element.ts';
import './entrance.css';
import { SfTickets } from './tickets.ts';

define('sf-tickets', SfTickets);

// A viewer whose right has ended comes from the show itself, and is told.
if (new URLSearchParams(location.search).get('right') === 'over') {
  for (const note of document.querySelectorAll<HTMLElement>('[data-right-over]')) note.hidden = false;
}
