/** What this device keeps; null in a frame of another site that may keep nothing. */
export function deviceStore(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
