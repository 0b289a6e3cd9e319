/** The newest frame of one source, in the worker. Each frame is closed: cameras have only a few of them. */
import type { Still } from './painter.ts';
import type { SourceStats } from './scene.ts';

export class FrameSource {
  #latest: VideoFrame | null = null;
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
  #isNew = false;
  #came = 0;
  #dropped = 0;
  readonly #onFrame: () => void;

  constructor(onFrame: () => void) {
    this.#onFrame = onFrame;
  }

  get still(): Still | null {
    const frame = this.#latest;
    return frame && { image: frame, width: frame.displayWidth, height: frame.displayHeight };
  }

  /** Another camera of the same source: the old one's last frame stands until the new one gives its first. */
  feed(readable: ReadableStream<VideoFrame>): void {
    this.stop();
    const reader = readable.getReader();
    this.#reader = reader;
    void this.#read(reader);
  }

  /** A frame may be under way: `#read` closes it and lets the camera go. A stream that is cancelled here would lose it unclosed. */
  stop(): void {
    this.#reader = null;
  }

  close(): void {
    this.stop();
    this.#latest?.close();
    this.#latest = null;
  }

  /** Take the newest frame into the mix. Return whether it is another than the one before. */
  take(): boolean {
    const isNew = this.#isNew;
    this.#isNew = false;
    return isNew;
  }

  /** Return the counts since the last call. */
  count(isSeen: boolean): SourceStats {
    const counted = {
      framesPerS: this.#came,
      droppedPerS: isSeen ? this.#dropped : 0,
      width: this.#latest?.displayWidth ?? 0,
      height: this.#latest?.displayHeight ?? 0,
    };
    this.#came = this.#dropped = 0;
    return counted;
  }

  async #read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || !value) return;
      if (this.#reader !== reader) {
        value.close();
        void reader.cancel().catch(() => undefined); // its track may have ended by itself
        return;
      }
      if (this.#isNew) this.#dropped += 1;
      this.#latest?.close();
      this.#latest = value;
      this.#isNew = true;
      this.#came += 1;
      this.#onFrame();
    }
  }
}
