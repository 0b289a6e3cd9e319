/** A phone that turns its screen off turns its camera off, too. */
export class Awake {
  #lock: WakeLockSentinel | null = null;

  async stay(): Promise<void> {
    try {
      this.#lock = await navigator.wakeLock.request('screen');
    } catch {
      // it is a wish: low batteries refuse it
    }
  }

  end(): void {
    void this.#lock?.release();
    this.#lock = null;
  }
}
