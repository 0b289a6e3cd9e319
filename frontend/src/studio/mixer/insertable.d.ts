/** Chromium's window has these; TypeScript's library does not (W3C MediaStreamTrack Insertable Media Processing). */
interface MediaStreamTrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => MediaStreamTrackProcessor;

interface MediaStreamTrackGenerator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
declare const MediaStreamTrackGenerator: new (init: { kind: 'video' }) => MediaStreamTrackGenerator;
