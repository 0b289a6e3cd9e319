/**
 * Speech recognition by the browser, on the device alone: no word leaves it but as a caption.
 * https://webaudio.github.io/web-speech-api/
 */
export interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally: boolean;
  start(track: MediaStreamTrack): void;
  abort(): void;
}

export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

interface Wanted {
  readonly langs: readonly string[];
  readonly processLocally: true;
}

export interface RecognitionClass {
  new (): Recognition;
  available(wanted: Wanted): Promise<Availability>;
  install(wanted: Wanted): Promise<boolean>;
}

export interface ResultEvent extends Event {
  readonly resultIndex: number;
  readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }> & { readonly isFinal: boolean }>;
}

export interface FaultEvent extends Event {
  readonly error: string;
}

/** The browser's recogniser; `null` where it has none that works on the device. */
export function recognitionOf(scope: object): RecognitionClass | null {
  const found = (scope as { SpeechRecognition?: Partial<RecognitionClass> }).SpeechRecognition;
  return typeof found?.available === 'function' && typeof found.install === 'function' ? (found as RecognitionClass) : null;
}

export function onDevice(language: string): Wanted {
  return { langs: [language], processLocally: true };
}
