/**
 * The rungs that a multivariant playlist lists. Players load it once; when the host comes back with another size, it lists
 * others, and a player that does not ask again stays with those of before.
 */

const STREAM = /^#EXT-X-STREAM-INF:(.*)$/;

/** Address and size of every rung, in an order of their own. */
export function rungsOf(multivariant: string): readonly string[] {
  const lines = multivariant.split(/\r?\n/);
  return lines
    .flatMap((line, index) => {
      const attributes = STREAM.exec(line)?.[1];
      if (attributes === undefined) return [];
      return [`${lines[index + 1] ?? ''} ${/RESOLUTION=(\d+x\d+)/.exec(attributes)?.[1] ?? ''}`];
    })
    .sort();
}

/** True when loading again is worth it. A playlist without rungs is no ladder: media is on its way. */
export function hasOtherRungs(before: string, now: string): boolean {
  const rungs = rungsOf(now);
  return rungs.length > 0 && rungs.join('\n') !== rungsOf(before).join('\n');
}

/** The same for captions, which begin in mid-show: they are tracks where the browser plays by itself. */
export function hasOtherCaptions(before: string, now: string): boolean {
  return now !== '' && captionsOf(now) !== captionsOf(before);
}

function captionsOf(multivariant: string): string {
  return (multivariant.match(/^#EXT-X-MEDIA:TYPE=SUBTITLES,.*$/gm) ?? []).join('\n');
}

/** After a broadcast has begun, its rungs are listed with its first segment: when to look, in ms after the beginning. */
const LOOK_AT_MS = [500, 2_500, 4_500, 8_000] as const;

/** Looks a few times for the rungs of a broadcast that has begun. */
export class RungLook {
  #timers: number[] = [];

  begin(hasOthers: () => Promise<boolean>, onOthers: () => void): void {
    this.stop();
    const timers = LOOK_AT_MS.map((inMs) =>
      window.setTimeout(() => {
        void hasOthers().then((isSo) => {
          if (isSo && this.#timers === timers) onOthers();
        });
      }, inMs),
    );
    this.#timers = timers;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
