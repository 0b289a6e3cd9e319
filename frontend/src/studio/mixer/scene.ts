/** What is on stage and how it is laid out, as plain data: it goes to the worker as it is. */
export type Layout = 'full' | 'side-by-side' | 'picture-in-picture' | 'grid';
export const LAYOUTS: readonly Layout[] = ['full', 'side-by-side', 'picture-in-picture', 'grid'];

export type SourceKind = 'host' | 'guest' | 'close-up' | 'screen';

export interface SourceFacts {
  /** The words of its name plate. */
  readonly name: string;
  readonly kind: SourceKind;
}

export interface StagedSource extends SourceFacts {
  readonly id: string;
}

export interface Scene {
  readonly layout: Layout;
  /** The source that stands first, or alone; the host where it names none that is here. */
  readonly main: string | null;
  /** In the order of their coming. */
  readonly sources: readonly StagedSource[];
  /** A product picture fills the frame, and the host stands in a corner. */
  readonly hasPicture: boolean;
}

/** The mixed picture, px. It stays the same for a whole show, because viewers' players keep one size. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Colours and font of the ground and the name plates, as a canvas takes them. */
export interface Look {
  readonly ground: string;
  readonly plate: string;
  readonly words: string;
  readonly font: string;
}

/** Frames of the last second. */
export interface MixStats {
  /** Frames of the mix with something new in them. */
  readonly distinctPerS: number;
  /** Frames of the mix that show the same as the one before. */
  readonly repeatedPerS: number;
  /** Frames of the mix that were due and not made, because the browser took the last ones too slowly. */
  readonly droppedPerS: number;
  readonly sources: Readonly<Record<string, SourceStats>>;
}

export interface SourceStats {
  readonly framesPerS: number;
  /** Frames that another one replaced before it was in the mix. */
  readonly droppedPerS: number;
  readonly width: number;
  readonly height: number;
}

export const NO_STATS: MixStats = { distinctPerS: 0, repeatedPerS: 0, droppedPerS: 0, sources: {} };
