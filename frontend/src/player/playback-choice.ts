/** What a viewer chose of sound and data, kept on this device. Pure. */

export interface PlaybackChoice {
  /** The sound without the picture. */
  isSoundOnly: boolean;
  /** Smaller pictures, and little ahead of time. */
  isSaving: boolean;
}

export const FIRST_CHOICE: PlaybackChoice = { isSoundOnly: false, isSaving: false };

const KEY = 'sf-playback';

/** What this device keeps. `saveData`: the browser was told to save data; a choice made here counts for more. */
export function readPlayback(store: Pick<Storage, 'getItem'> | null, saveData: boolean): PlaybackChoice {
  let kept: unknown = null;
  try {
    kept = JSON.parse(store?.getItem(KEY) ?? 'null');
  } catch {
    // A browser that keeps nothing, or a text that is none of ours.
  }
  const { isSoundOnly, isSaving } = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Record<keyof PlaybackChoice, unknown>>;
  return { isSoundOnly: isSoundOnly === true, isSaving: typeof isSaving === 'boolean' ? isSaving : saveData };
}

export function keepPlayback(store: Pick<Storage, 'setItem'> | null, choice: PlaybackChoice): void {
  try {
    store?.setItem(KEY, JSON.stringify(choice));
  } catch {
    // It counts until the page is left.
  }
}

/** The largest rung of a saving viewer: the shorter side of its picture, in pixels. */
const SAVING_HEIGHT = 480;

/** The index of the largest rung that a saving viewer gets: of too large ones, the smallest. `heights`: the shorter sides, by index. */
export function savingCap(heights: readonly number[]): number {
  const known = heights.map((height, index) => ({ height, index })).filter(({ height }) => height > 0);
  const fitting = known.filter(({ height }) => height <= SAVING_HEIGHT).sort((a, b) => b.height - a.height);
  return (fitting[0] ?? known.sort((a, b) => a.height - b.height)[0])?.index ?? -1;
}
