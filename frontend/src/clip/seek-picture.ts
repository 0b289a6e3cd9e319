/**
 * A small picture of the place that somebody seeks, with its time. The browser's own controls tell of no place that is only
 * pointed at, so it stands while the picture itself is sought, and a moment longer.
 */
import { formatClock } from '../format/index.ts';
import type { Storyboard } from '../player/storyboard.ts';

const STAYS_MS = 700;

export interface SeekPlaces {
  /** The moment of a place, Unix ms; null while nothing is known. */
  pictureMs(mediaS: number): number | null;
  /** The place in the clip, s; null before it has a picture. */
  clipS(mediaS: number): number | null;
  readonly lengthS: number;
  /** Resolves to null where there are no pictures. */
  board(): Promise<Storyboard | null>;
}

export class SeekPicture {
  readonly #video: HTMLVideoElement;
  readonly #places: SeekPlaces;
  readonly #box = document.createElement('div');
  readonly #picture = document.createElement('div');
  readonly #time = document.createElement('span');
  #board: Promise<Storyboard | null> | null = null;
  #hideTimer = 0;
  /** The next seek is the page's own. */
  #isOurs = false;

  constructor(video: HTMLVideoElement, places: SeekPlaces) {
    this.#video = video;
    this.#places = places;
    this.#box.className = 'sf-clip__seek';
    this.#box.dataset['testid'] = 'seek-preview';
    this.#box.hidden = true;
    this.#box.ariaHidden = 'true';
    this.#picture.className = 'sf-clip__seek-picture';
    this.#time.className = 'sf-clip__seek-time sf-figures';
    this.#box.append(this.#picture, this.#time);
    video.after(this.#box);
    video.addEventListener('seeking', () => void this.#show());
    video.addEventListener('seeked', () => {
      if (!this.#isOurs && !this.#box.hidden) this.#hideSoon();
      this.#isOurs = false;
    });
  }

  /** Move the picture without showing where to. */
  move(mediaS: number): void {
    this.#isOurs = true;
    this.#video.currentTime = mediaS;
  }

  async #show(): Promise<void> {
    const { currentTime } = this.#video;
    const placeS = this.#places.clipS(currentTime);
    if (this.#isOurs || placeS === null) return;
    clearTimeout(this.#hideTimer);
    const clipS = Math.min(this.#places.lengthS, Math.max(0, placeS));
    this.#time.textContent = formatClock(clipS);
    this.#box.hidden = false;
    const isFirst = this.#board === null;
    const board = await (this.#board ??= this.#places.board().catch(() => null)); // seeking works without pictures
    if (isFirst && !this.#video.seeking) this.#hideSoon(); // they came later than the picture itself
    const pictureMs = this.#places.pictureMs(currentTime);
    const tile = pictureMs === null ? null : (board?.tileAt(pictureMs) ?? null);
    this.#picture.hidden = tile === null;
    if (tile) (await import('../player/storyboard.ts')).paintTile(this.#picture, tile);
    this.#place(clipS / Math.max(0.001, this.#places.lengthS));
  }

  /** `share` of the way from the clip's start. */
  #place(share: number): void {
    const free = this.#video.clientWidth - this.#box.offsetWidth;
    const placePx = share * this.#video.clientWidth - this.#box.offsetWidth / 2;
    this.#box.style.setProperty('--sf-place', `${Math.max(0, Math.min(free, placePx))}px`);
  }

  #hideSoon(): void {
    clearTimeout(this.#hideTimer);
    this.#box.hidden = false;
    this.#hideTimer = window.setTimeout(() => (this.#box.hidden = true), STAYS_MS);
  }
}
