/** The dial: how much stands on the picture. The page brings the market's preset; each device keeps its own choice. */
export const LEVELS = ['quiet', 'normal', 'full'] as const;
export type DialLevel = (typeof LEVELS)[number];

const KEY = 'sf-dial';

/** What this device keeps, or else the preset. */
export function readDial(store: Pick<Storage, 'getItem'> | null, preset: string | undefined): DialLevel {
  const kept = store?.getItem(KEY);
  return LEVELS.find((level) => level === kept) ?? LEVELS.find((level) => level === preset) ?? 'normal';
}

export function keepDial(store: Pick<Storage, 'setItem'> | null, level: DialLevel): void {
  try {
    store?.setItem(KEY, level);
  } catch {
    // It counts until the page is left.
  }
}
