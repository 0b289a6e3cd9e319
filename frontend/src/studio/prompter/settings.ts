/** How a host reads her teleprompter, kept on this device. Pure. */

export interface PrompterSettings {
  /** Letters' heights a second. */
  readonly speed: number;
  /** Times the page's letters. */
  readonly size: number;
  readonly isMirrored: boolean;
}

export const SPEEDS = { least: 0.2, most: 3, step: 0.1 };
export const SIZES = { least: 1, most: 4, step: 0.25 };
export const FIRST_SETTINGS: PrompterSettings = { speed: 0.8, size: 2, isMirrored: false };

const KEY = 'sf-prompter';

/** What this device keeps; what is none of ours counts as never chosen. */
export function readSettings(store: Pick<Storage, 'getItem'> | null): PrompterSettings {
  let kept: unknown = null;
  try {
    kept = JSON.parse(store?.getItem(KEY) ?? 'null');
  } catch {
    // A browser that keeps nothing, or a text that is none of ours.
  }
  const { speed, size, isMirrored } = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Record<keyof PrompterSettings, unknown>>;
  return {
    speed: isWithin(speed, SPEEDS) ? speed : FIRST_SETTINGS.speed,
    size: isWithin(size, SIZES) ? size : FIRST_SETTINGS.size,
    isMirrored: isMirrored === true,
  };
}

export function keepSettings(store: Pick<Storage, 'setItem'> | null, settings: PrompterSettings): void {
  try {
    store?.setItem(KEY, JSON.stringify(settings));
  } catch {
    // They count until the page is left.
  }
}

function isWithin(value: unknown, { least, most }: typeof SPEEDS): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}
