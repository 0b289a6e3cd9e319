/** What a video element tells, in the words of the player. */

export interface VideoHandlers {
  onPlaying(): void;
  onPaused(): void;
  onEnded(): void;
  onChanged(): void;
  /** The shape of the picture is known, or another one. */
  onShape(isPortrait: boolean): void;
  /** The place on the element's clock has moved. */
  onMoved(): void;
  onSeeking(): void;
}

/** Without sound, so that it may begin by itself. */
export function prepare(video: HTMLVideoElement): void {
  video.muted = true;
  video.playsInline = true;
  video.disableRemotePlayback = true; // asked for by Managed Media Source on iPhones
}

export function listenTo(video: HTMLVideoElement, signal: AbortSignal, handlers: VideoHandlers): void {
  const on = (names: string[], handler: () => void) => {
    for (const name of names) video.addEventListener(name, handler, { signal });
  };
  on(['playing'], () => handlers.onPlaying());
  on(['pause'], () => {
    if (!video.ended) handlers.onPaused();
  });
  on(['ended'], () => handlers.onEnded());
  on(['volumechange', 'durationchange'], () => handlers.onChanged());
  on(['loadedmetadata', 'resize'], () => {
    const { videoWidth, videoHeight } = video;
    if (videoWidth > 0) handlers.onShape(videoHeight > videoWidth);
    handlers.onChanged();
  });
  on(['seeked', 'timeupdate'], () => handlers.onMoved());
  on(['seeking'], () => handlers.onSeeking());
}
