/**
 * The stage: several cameras, guests and a screen become one picture and one sound. Both tracks of `output` stay the
 * same while sources come and go and layouts change, so that neither a sender nor an encoder begins anew.
 */
import { CanvasMix } from './canvas-mix.ts';
import { MOST_SOURCES } from './geometry.ts';
import type { PictureMix } from './picture-mix.ts';
import type { Layout, Look, MixStats, Scene, Size, SourceFacts } from './scene.ts';
import { SoundMix } from './sound-mix.ts';
import { canMixInWorker, WorkerMix } from './worker-mix.ts';

const FRAMES_PER_S = 30;
const PICTURE_MS = 10_000;

interface Staged extends SourceFacts {
  readonly stream: MediaStream;
  /** Ends the watch over its tracks. */
  readonly watch: AbortController;
}

export class StageMixer {
  readonly output: MediaStream;
  /** Whether the mix goes on at full pace while the page is hidden. */
  readonly runsHidden: boolean;
  readonly #picture: PictureMix;
  readonly #sound = new SoundMix();
  readonly #staged = new Map<string, Staged>();
  readonly #changed: () => void;
  #layout: Layout = 'full';
  #main: string | null = null;
  #pictureUrl: string | null = null;
  #hasPicture = false;

  /** `changed`: other sources, another layout, or another picture. */
  constructor(size: Size, look: Look, changed: () => void = () => undefined) {
    this.runsHidden = canMixInWorker();
    this.#picture = this.runsHidden ? new WorkerMix(size, FRAMES_PER_S, look) : new CanvasMix(size, FRAMES_PER_S, look);
    this.output = new MediaStream([this.#picture.track, this.#sound.track]);
    this.#changed = changed;
  }

  /**
   * Bring a source on stage, or give the one of this `id` another stream. Tracks that the stream gets later are
   * taken, too. A guest's sound goes into the mix and to the host's own ears; nothing else needs to play it.
   */
  add(id: string, stream: MediaStream, facts: SourceFacts): void {
    const before = this.#staged.get(id);
    if (!before && this.#staged.size >= MOST_SOURCES) throw new Error(`the stage holds ${MOST_SOURCES} sources`);
    before?.watch.abort();
    const watch = new AbortController();
    this.#staged.set(id, { ...facts, stream, watch });
    for (const name of ['addtrack', 'removetrack'] as const) stream.addEventListener(name, () => this.#feed(id), { signal: watch.signal });
    this.#feed(id);
    this.#show();
  }

  remove(id: string): void {
    const staged = this.#staged.get(id);
    if (!staged) return;
    staged.watch.abort();
    this.#staged.delete(id);
    this.#picture.feed(id, null);
    this.#sound.forget(id);
    if (this.#main === id) this.#main = null;
    this.#show();
  }

  /** `main` stands first, or alone; the host does where nothing is named. */
  setLayout(layout: Layout, { main }: { readonly main?: string } = {}): void {
    this.#layout = layout;
    this.#main = main ?? this.#main;
    this.#show();
  }

  /** Show a picture full-screen with the host in a corner; `null` brings the layout back. A picture that does not load throws. */
  async showPicture(url: string | null): Promise<void> {
    const before = this.#pictureUrl;
    this.#pictureUrl = url;
    try {
      const bitmap = url === null ? null : await loaded(url);
      if (this.#pictureUrl === url) this.#setPicture(bitmap);
      else bitmap?.close(); // another one was asked for meanwhile
    } catch (error) {
      if (this.#pictureUrl === url) this.#pictureUrl = this.#hasPicture ? before : null;
      throw error;
    }
  }

  isMuted(id: string): boolean {
    return this.#sound.isMuted(id);
  }

  setMuted(id: string, isMuted: boolean): void {
    this.#sound.setMuted(id, isMuted);
    this.#changed();
  }

  /** Take another size. Only before a show: it begins the encoder anew. */
  resize(size: Size): void {
    this.#picture.resize(size);
  }

  /** Browsers start sound at a click: call it from one. */
  async resume(): Promise<void> {
    await this.#sound.resume();
  }

  get scene(): Scene {
    const sources = [...this.#staged].map(([id, { name, kind }]) => ({ id, name, kind }));
    return { layout: this.#layout, main: this.#main, sources, hasPicture: this.#hasPicture };
  }

  /** The address of the picture that is shown, or is being loaded. */
  get pictureUrl(): string | null {
    return this.#pictureUrl;
  }

  stats(): MixStats {
    return this.#picture.stats;
  }

  close(): void {
    for (const { watch } of this.#staged.values()) watch.abort();
    this.#staged.clear();
    this.#picture.close();
    this.#sound.close();
  }

  #setPicture(bitmap: ImageBitmap | null): void {
    this.#hasPicture = bitmap !== null;
    this.#picture.setPicture(bitmap);
    this.#show();
  }

  #feed(id: string): void {
    const staged = this.#staged.get(id);
    if (!staged) return;
    const { stream, kind } = staged;
    this.#picture.feed(id, stream.getVideoTracks()[0] ?? null);
    this.#sound.feed(id, stream.getAudioTracks()[0] ?? null, kind === 'guest');
  }

  #show(): void {
    this.#picture.show(this.scene);
    this.#changed();
  }
}

async function loaded(url: string): Promise<ImageBitmap> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PICTURE_MS) });
  if (!response.ok) throw new Error(`the picture does not load: ${response.status}`);
  return createImageBitmap(await response.blob());
}
