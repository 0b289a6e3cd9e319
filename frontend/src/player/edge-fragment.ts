/** The fragments of the live edge: what is read of their bytes, and which pictures the buffer has. Pure. */
import type { Span } from './picture-time.ts';

/** `prft` (ISO/IEC 14496-12, 8.16.5) in version 1, which every fragment begins with. */
const PRFT = 0x70726674;
const PRFT_BYTES = 32;
const NTP_TO_UNIX_S = 2_208_988_800;
const TIMESCALE = 1_000_000;
/** Rounding moves the moment of a picture by at most a millisecond. */
const SAME_MS = 5;
const SAME_S = 0.002;

export interface PictureStamp {
  pictureMs: number;
  /** From the beginning of the encoder's run. */
  mediaS: number;
}

/** The picture of a fragment; null for anything else, such as an init segment. */
export function stampOf(data: ArrayBuffer): PictureStamp | null {
  if (data.byteLength < PRFT_BYTES) return null;
  const view = new DataView(data);
  if (view.getUint32(4) !== PRFT) return null;
  const pictureMs = (view.getUint32(16) - NTP_TO_UNIX_S) * 1000 + Math.round((view.getUint32(20) * 1000) / 2 ** 32);
  return { pictureMs, mediaS: Number(view.getBigUint64(24)) / TIMESCALE };
}

/** The stretches of pictures that the buffer has, from the moments of single ones. */
export class EdgeSpans {
  #spans: Span[] = [];

  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** `mediaS`: on the element's clock. */
  add(mediaS: number, pictureMs: number): void {
    const last = this.#spans.at(-1);
    if (last) {
      const isSame = Math.abs(last.pdtMs + (mediaS - last.startS) * 1000 - pictureMs) <= SAME_MS;
      if (isSame && mediaS >= last.startS - SAME_S) {
        this.#replaceLast({ ...last, durationS: Math.max(last.durationS, mediaS - last.startS) });
        return;
      }
      const durationS = Math.max(0, Math.min(last.durationS, mediaS - last.startS));
      this.#replaceLast({ ...last, durationS });
    }
    this.#spans = [...this.#spans, { startS: mediaS, durationS: 0, pdtMs: pictureMs }];
  }

  /** Forget what is before `startS`. */
  trim(startS: number): void {
    const kept = this.#spans.filter((span, index) => index === this.#spans.length - 1 || span.startS + span.durationS > startS);
    if (kept.length < this.#spans.length) this.#spans = kept;
  }

  clear(): void {
    this.#spans = [];
  }

  #replaceLast(span: Span): void {
    this.#spans = [...this.#spans.slice(0, -1), span];
  }
}
