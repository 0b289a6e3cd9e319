/** The picture in a small window of its own, or back on the page. A browser that refuses says nothing. */
export function togglePip(video: HTMLVideoElement): void {
  const toggled = document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture();
  toggled.catch(() => undefined);
}
