/** Mixes the sound of all sources into one track that stays. */
interface Input {
  readonly source: MediaStreamAudioSourceNode;
  readonly gain: GainNode;
  /** Plays a guest to the host. Chromium gives a remote track no sound in WebAudio before an element plays it. */
  readonly heard: HTMLAudioElement | null;
}

export class SoundMix {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  readonly #out = this.#context.createMediaStreamDestination();
  readonly #inputs = new Map<string, Input>();
  readonly #muted = new Set<string>();
  readonly track: MediaStreamTrack;

  constructor() {
    const [track] = this.#out.stream.getAudioTracks();
    if (!track) throw new Error('this browser gives no track of a sound mix');
    this.track = track;
  }

  /** Another track of a source, or none. The host hears the sources that are `isRemote`. */
  feed(id: string, track: MediaStreamTrack | null, isRemote: boolean): void {
    this.#drop(id);
    if (!track) return;
    const stream = new MediaStream([track]);
    const heard = isRemote ? audible(stream) : null;
    const source = this.#context.createMediaStreamSource(stream);
    const gain = this.#context.createGain();
    source.connect(gain).connect(this.#out);
    this.#inputs.set(id, { source, gain, heard });
    this.setMuted(id, this.#muted.has(id));
  }

  isMuted(id: string): boolean {
    return this.#muted.has(id);
  }

  setMuted(id: string, isMuted: boolean): void {
    if (isMuted) this.#muted.add(id);
    else this.#muted.delete(id);
    const input = this.#inputs.get(id);
    if (input) input.gain.gain.value = isMuted ? 0 : 1;
  }

  forget(id: string): void {
    this.#drop(id);
    this.#muted.delete(id);
  }

  /** Browsers start a page's sound at a click: that of the mix, and that of guests who came before it. */
  async resume(): Promise<void> {
    for (const { heard } of this.#inputs.values()) if (heard?.paused) play(heard);
    if (this.#context.state !== 'running') await this.#context.resume();
  }

  close(): void {
    for (const id of [...this.#inputs.keys()]) this.#drop(id);
    void this.#context.close();
    this.track.stop();
  }

  #drop(id: string): void {
    const input = this.#inputs.get(id);
    input?.source.disconnect();
    input?.gain.disconnect();
    if (input?.heard) input.heard.srcObject = null;
    this.#inputs.delete(id);
  }
}

function audible(stream: MediaStream): HTMLAudioElement {
  const audio = new Audio();
  audio.srcObject = stream;
  play(audio);
  return audio;
}

function play(audio: HTMLAudioElement): void {
  void audio.play().catch(() => undefined); // `resume` tries again at the next click
}
