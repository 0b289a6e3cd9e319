/** The picture on a clip's page: the browser's own controls, within the bounds of the clip. */
import './clip.css';
import { Bounds } from './bounds.ts';
import { MediaFolder } from './media-folder.ts';

/** `<sf-clip playlist length media>` around a `<video>`; the playlist says where its exact start lies. */
class SfClip extends HTMLElement {
  connectedCallback(): void {
    const video = this.querySelector('video');
    const playlist = this.getAttribute('playlist');
    if (video && playlist) void this.#play(video, playlist, Number(this.getAttribute('length')));
  }

  async #play(video: HTMLVideoElement, playlist: string, lengthS: number): Promise<void> {
    const bounds = new Bounds(lengthS);
    const keep = (): void => {
      const wanted = bounds.place(video.currentTime);
      if (wanted !== null) video.currentTime = wanted;
      if (bounds.isOver) video.pause();
    };
    video.addEventListener('loadeddata', () => bounds.begin(video.currentTime), { once: true });
    for (const name of ['timeupdate', 'seeking']) video.addEventListener(name, keep);
    video.addEventListener('play', () => {
      if (bounds.isOver) video.currentTime = bounds.restart();
    });
    try {
      // Not by `engines.ts`: a chunk that this page shares with the viewer's would delay the viewer's first paint.
      const { HlsEngine } = await import('../player/hls-engine.ts');
      if (HlsEngine.isSupported) {
        const folder = new MediaFolder(() => this.#freshFolder(), () => performance.now());
        const setUpRequest = async (request: XMLHttpRequest, url: string) => request.open('GET', await folder.address(url));
        const events = { onChange: nothing, onBroadcast: nothing, onFatal: () => this.#fail() };
        new HlsEngine(video, events, { setUpRequest }).load(playlist, null);
      } else {
        video.addEventListener('error', () => this.#fail(), { once: true });
        video.src = playlist;
      }
    } catch {
      this.#fail();
    }
  }

  async #freshFolder(): Promise<string> {
    const answer = await fetch(this.getAttribute('media') ?? '');
    if (!answer.ok) throw new Error(String(answer.status));
    return ((await answer.json()) as { folder: string }).folder;
  }

  #fail(): void {
    const note = this.querySelector<HTMLElement>('[data-failed]');
    if (note) note.hidden = false;
  }
}

function nothing(): void {
  // A finished clip changes no more.
}

customElements.define('sf-clip', SfClip);
