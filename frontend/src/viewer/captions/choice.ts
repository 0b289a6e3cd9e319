/** The viewer's choice of captions, kept on this device: WCAG leaves nothing of it to us but sensible first values. */
export const SIZES = ['small', 'middle', 'large', 'huge'] as const;
export const COLOURS = ['light', 'dark', 'yellow'] as const;
export const PLACES = ['bottom', 'top'] as const;

export interface CaptionChoice {
  isOn: boolean;
  /** Empty: the page's language where there is one, else the first. */
  language: string;
  size: (typeof SIZES)[number];
  colours: (typeof COLOURS)[number];
  place: (typeof PLACES)[number];
}

const KEY = 'sf-captions';
const FIRST: CaptionChoice = { isOn: false, language: '', size: 'middle', colours: 'light', place: 'bottom' };

/** What this device keeps; whatever is missing or unknown has its first value. */
export function readChoice(store: Pick<Storage, 'getItem'> | null): CaptionChoice {
  let kept: unknown = null;
  try {
    kept = JSON.parse(store?.getItem(KEY) ?? 'null');
  } catch {
    // A browser that keeps nothing, or a text that is none of ours.
  }
  if (typeof kept !== 'object' || kept === null) return FIRST;
  const { isOn, language, size, colours, place } = kept as Partial<Record<keyof CaptionChoice, unknown>>;
  return {
    isOn: isOn === true,
    language: typeof language === 'string' ? language : '',
    size: SIZES.find((one) => one === size) ?? FIRST.size,
    colours: COLOURS.find((one) => one === colours) ?? FIRST.colours,
    place: PLACES.find((one) => one === place) ?? FIRST.place,
  };
}

export function keepChoice(store: Pick<Storage, 'setItem'> | null, choice: CaptionChoice): void {
  try {
    store?.setItem(KEY, JSON.stringify(choice));
  } catch {
    // It counts until the page is left.
  }
}

/** The language to show: the chosen one, the page's, or the first that there is. */
export function pickLanguage(languages: readonly string[], chosen: string, page: string): string | null {
  const base = page.slice(0, 2);
  return languages.find((one) => one === chosen) ?? languages.find((one) => one.slice(0, 2) === base) ?? languages[0] ?? null;
}
