/** Measures the way from here to the server: what is sent twice, the second time for the figure. */
const WARM_BYTES = 64 << 10;
const MEASURED_BYTES = 1 << 20;

/** Return kbit/s; 0 when it cannot be measured. `send` posts bytes to the server. */
export async function uplinkKbps(send: (bytes: Blob) => Promise<void>, now: () => number = () => performance.now()): Promise<number> {
  try {
    await send(new Blob([new Uint8Array(WARM_BYTES)]));
    const start = now();
    await send(new Blob([new Uint8Array(MEASURED_BYTES)]));
    return Math.round((MEASURED_BYTES * 8) / Math.max(1, now() - start));
  } catch {
    return 0;
  }
}
