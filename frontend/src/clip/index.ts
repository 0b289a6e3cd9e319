/** The picture on a clip's page: the browser's own controls, within the bounds of the clip. */
import './clip.css';
import { Bounds } from './bounds.ts';
import { MediaFolder, PASS } from './media-folder.ts';
import { SeekPicture } from './seek-picture.ts';
import { pictureAtMedia, type Span } from '../player/picture-time.ts';
import type { Storyboard } from '../player/storyboard.ts';

/** `<sf-clip playlist length media>` around a `<video>`; the playlist says where its exact start lies. */
class SfClip extends HTMLElement {
  connectedCallback(): void {
    const video = this.querySelector('video');
    const playlist = this.getAttribute('playlist');
    if (video && playlist) void this.#play(video, playlist, Number(this.getAttribute('length')));
  }

  async #play(video: HTMLVideoElement, playlist: string, lengthS: number): Promise<void> {
    const bounds = new Bounds(lengthS);
    let spans: () => readonly Span[] = () => [];
    const seek = new SeekPicture(video, {
      get lengthS() {
        return Math.min(lengthS, video.duration || lengthS); // the encoder may have been gone for some of it
      },
      clipS: (mediaS) => bounds.clipS(mediaS),
      pictureMs: (mediaS) => pictureAtMedia(spans(), mediaS),
      board: () => this.#board(playlist),
    });
    const keep = (): void => {
      const wanted = bounds.place(video.currentTime);
      if (wanted !== null) seek.move(wanted);
      if (bounds.isOver) video.pause();
    };
    video.addEventListener('loadeddata', () => bounds.begin(video.currentTime), { once: true });
    for (const name of ['timeupdate', 'seeking']) video.addEventListener(name, keep);
    video.addEventListener('play', () => {
      if (bounds.isOver) seek.move(bounds.restart());
    });
    try {
      // Not by `engines.ts`: a chunk that this page shares with the viewer's would delay the viewer's first paint.
      const { HlsEngine } = await import('../player/hls-engine.ts');
      if (HlsEngine.isSupported) {
        const folder = new MediaFolder(() => this.#freshFolder(), () => performance.now());
        const setUpRequest = async (request: XMLHttpRequest, url: string) => request.open('GET', await folder.address(url));
        const events = { onChange: nothing, onBroadcast: nothing, onFatal: () => this.#fail() };
        const engine = new HlsEngine(video, events, { setUpRequest });
        spans = () => engine.spans;
        engine.load(playlist, null);
      } else {
        video.addEventListener('error', () => this.#fail(), { once: true });
        video.src = playlist;
      }
    } catch {
      this.#fail();
    }
  }

  /** The small pictures of the clip's show. Those of a show that is not open to everyone need a pass. */
  async #board(playlist: string): Promise<Storyboard | null> {
    const folder = PASS.test(playlist) ? await this.#freshFolder() : playlist;
    const [slug, pass] = [/\/hls\/([^/]+)\//.exec(folder)?.[1] ?? '', /\/pass\/([^/]+)\//.exec(folder)?.[1]];
    const { Storyboard } = await import('../player/storyboard.ts');
    return Storyboard.load(`/shows/${slug}/storyboard.json${pass ? `?pass=${pass}` : ''}`);
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
