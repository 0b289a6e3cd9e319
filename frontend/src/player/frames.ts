/** Tells every frame that a video element shows, with its media time, where the browser can. */
export class Frames {
  readonly isCounted: boolean;
  readonly #video: HTMLVideoElement;
  #callback = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    this.isCounted = 'requestVideoFrameCallback' in video;
  }

  follow(onFrame: (mediaS: number) => void): void {
    if (!this.isCounted) return;
    this.#callback = this.#video.requestVideoFrameCallback((_now, { mediaTime }) => {
      onFrame(mediaTime);
      this.follow(onFrame);
    });
  }

  stop(): void {
    this.#video.cancelVideoFrameCallback?.(this.#callback);
  }
}
