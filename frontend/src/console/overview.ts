/** What is loaded behind the console's own parts: the curves of a show, and the wall of all. One file, one request. */
import './curves-view.ts';
import './wall.ts';
