/** `<sf-trailer playlist length>`: a clip behind the curtain before the show and in a pause, silent, from its start again and again. */
import { Bounds } from '../clip/bounds.ts';
import { hasMediaSource } from '../player/engines.ts';
import { prepare } from '../player/video-events.ts';
import { define } from '../ui/element.ts';
import './trailer.css';

export class SfTrailer extends HTMLElement {
  #stop: (() => void) | null = null;

  connectedCallback(): void {
    const video = document.createElement('video');
    prepare(video);
    video.tabIndex = -1;
    video.ariaHidden = 'true';
    this.replaceChildren(video);
    this.#repeat(video);
    void this.#load(video);
  }

  disconnectedCallback(): void {
    this.#stop?.();
    this.#stop = null;
    this.replaceChildren();
  }

  /** Its segments begin before the clip and end after it. */
  #repeat(video: HTMLVideoElement): void {
    const bounds = new Bounds(Number(this.getAttribute('length')));
    video.addEventListener('loadeddata', () => bounds.begin(video.currentTime), { once: true });
    const again = () => {
      bounds.place(video.currentTime);
      if (!bounds.isOver && !video.ended) return;
      video.currentTime = bounds.restart();
      void video.play().catch(() => undefined);
    };
    for (const name of ['timeupdate', 'ended']) video.addEventListener(name, again);
    video.addEventListener('playing', () => this.toggleAttribute('data-playing', true));
  }

  /** A trailer that cannot be had, or may not begin by itself, leaves the curtain as it is. */
  async #load(video: HTMLVideoElement): Promise<void> {
    const playlist = this.getAttribute('playlist') ?? '';
    if (!hasMediaSource) {
      video.src = playlist;
    } else {
      const { HlsEngine } = await import('../player/hls-engine.ts');
      if (!this.isConnected) return;
      const engine = new HlsEngine(video, { onChange: nothing, onBroadcast: nothing, onFatal: nothing });
      this.#stop = () => engine.destroy();
      engine.load(playlist, null);
    }
    await video.play().catch(() => undefined);
  }
}

function nothing(): void {
  // A finished clip changes no more.
}

define('sf-trailer', SfTrailer);
