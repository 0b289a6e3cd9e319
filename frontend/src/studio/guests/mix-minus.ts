/**
 * The sound that goes back to each guest: everybody on stage but herself, because nobody can speak while hearing
 * their own voice a moment later.
 */
export class MixMinus {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  readonly #voices = new Map<string, { readonly track: MediaStreamTrack; readonly source: MediaStreamAudioSourceNode }>();
  readonly #ears = new Map<string, MediaStreamAudioDestinationNode>();

  /** The sound of one person, or no longer. */
  speak(id: string, track: MediaStreamTrack | null): void {
    const before = this.#voices.get(id);
    if (before?.track === (track ?? undefined)) return;
    before?.source.disconnect();
    this.#voices.delete(id);
    if (!track) return;
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#voices.set(id, { track, source });
    for (const [listener, ear] of this.#ears) if (listener !== id) source.connect(ear);
  }

  /** What this person hears. */
  listen(id: string): MediaStreamTrack | null {
    const before = this.#ears.get(id);
    const ear = before ?? this.#context.createMediaStreamDestination();
    if (!before) {
      this.#ears.set(id, ear);
      for (const [speaker, { source }] of this.#voices) if (speaker !== id) source.connect(ear);
    }
    return ear.stream.getAudioTracks()[0] ?? null;
  }

  forget(id: string): void {
    this.speak(id, null);
    const ear = this.#ears.get(id);
    this.#ears.delete(id);
    if (ear) for (const { source } of this.#voices.values()) source.disconnect(ear);
  }

  /** Browsers start a page's sound at a click. */
  async resume(): Promise<void> {
    if (this.#context.state !== 'running') await this.#context.resume();
  }

  close(): void {
    for (const id of [...this.#voices.keys(), ...this.#ears.keys()]) this.forget(id);
    void this.#context.close();
  }
}
