/**
 * Blurs what stands behind the host. The system or the camera's driver does it, not the page (W3C Media Capture and
 * Streams Extensions, `backgroundBlur`), so it costs the page nothing, and many devices cannot.
 */
interface BlurringTrack extends Omit<MediaStreamTrack, 'getCapabilities' | 'getSettings'> {
  /** Firefox has no `getCapabilities` in older versions. */
  getCapabilities?: () => MediaTrackCapabilities & { readonly backgroundBlur?: readonly boolean[] };
  getSettings(): MediaTrackSettings & { readonly backgroundBlur?: boolean };
}

/** A system may also blur always, or never: then there is nothing to choose. */
export function canBlur(track: MediaStreamTrack | null): boolean {
  const can = (track as BlurringTrack | null)?.getCapabilities?.().backgroundBlur;
  return can?.includes(true) === true && can.includes(false);
}

export function isBlurred(track: MediaStreamTrack | null): boolean {
  return (track as BlurringTrack | null)?.getSettings().backgroundBlur === true;
}

/** Return whether the track does it. Its size and pace stay as they were asked for. */
export async function setBlurred(track: MediaStreamTrack | null, isWanted: boolean): Promise<boolean> {
  if (!track || !canBlur(track)) return false;
  const wanted = { ...track.getConstraints(), backgroundBlur: { exact: isWanted } } as MediaTrackConstraints;
  await track.applyConstraints(wanted).catch(() => undefined); // the settings tell
  return isBlurred(track) === isWanted;
}
