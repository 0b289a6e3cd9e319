/** Captions of what the host says: from her microphone through the browser's recogniser to the server. No elements here. */
import { newKey } from '../../api/client.ts';
import { Cutter, type SpokenCaption } from './cutter.ts';
import { onDevice, type FaultEvent, type Recognition, type RecognitionClass, type ResultEvent } from './recogniser.ts';

export type SpeechState = 'off' | 'checking' | 'downloading' | 'listening';
export type SpeechFault = '' | 'no-browser' | 'no-language' | 'download' | 'no-sound' | 'broken';

/** A recogniser says a word about so long after it was heard. */
const LAG_MS = 300;
/** Recognisers end by themselves now and then; one that ends so often without a word is broken. */
const VAIN_ENDS_MAX = 5;

export interface SpeechHooks {
  readonly changed: () => void;
  readonly say: (language: string, captions: readonly SpokenCaption[]) => void;
  /** The clock of the server, Unix ms. */
  readonly nowMs: () => number;
  /** How long the picture is under way to the server, ms. */
  readonly delayMs: () => number;
  readonly isLive: () => boolean;
}

export class Speech {
  state: SpeechState = 'off';
  fault: SpeechFault = '';
  /** The last words that were heard. */
  words = '';
  language = '';
  readonly #class: RecognitionClass | null;
  readonly #hooks: SpeechHooks;
  #run: Recognition | null = null;
  #track: MediaStreamTrack | null = null;
  #vainEnds = 0;
  #liveSinceMs: number | null = null;

  constructor(recognition: RecognitionClass | null, hooks: SpeechHooks) {
    this.#class = recognition;
    this.#hooks = hooks;
    if (!recognition) this.fault = 'no-browser';
  }

  get isOn(): boolean {
    return this.state !== 'off';
  }

  /** Begins; `fault` says why not. A language that the device lacks is fetched first. */
  async start(language: string, track: MediaStreamTrack | null): Promise<void> {
    if (!this.#class || this.isOn) return;
    this.language = language;
    this.#track = track;
    this.#vainEnds = 0;
    this.#set('checking', '');
    const fault = await this.#prepare(this.#class, language);
    if (!this.isOn) return; // switched off meanwhile
    if (fault || track?.readyState !== 'live') this.#set('off', fault || 'no-sound');
    else this.#listen();
  }

  stop(): void {
    const run = this.#run;
    this.#run = null;
    run?.abort();
    this.words = '';
    this.#set('off', this.#class ? '' : 'no-browser');
  }

  /** Another microphone was chosen, or it was muted and opened again. */
  use(track: MediaStreamTrack | null): void {
    if (track === this.#track) return;
    this.#track = track;
    if (this.state === 'listening') this.#run?.abort(); // its end begins anew
  }

  async #prepare(recognition: RecognitionClass, language: string): Promise<SpeechFault> {
    try {
      const found = await recognition.available(onDevice(language));
      if (found === 'unavailable') return 'no-language';
      if (found === 'available') return '';
      this.#set('downloading', '');
      return (await recognition.install(onDevice(language))) ? '' : 'download';
    } catch {
      return 'no-browser'; // a policy of the page, or a browser that promises more than it does
    }
  }

  #listen(): void {
    if (!this.#class || this.#track?.readyState !== 'live') {
      this.#set('off', 'no-sound');
      return;
    }
    const run = new this.#class();
    const cutter = new Cutter(newKey().slice(0, 12));
    Object.assign(run, { lang: this.language, continuous: true, interimResults: true, processLocally: true });
    run.addEventListener('result', (event) => this.#hear(cutter, event as ResultEvent));
    run.addEventListener('error', (event) => this.#fails(run, (event as FaultEvent).error));
    run.addEventListener('end', () => this.#ends(run));
    this.#run = run;
    try {
      run.start(this.#track);
      this.#set('listening', '');
    } catch {
      this.#run = null;
      this.#set('off', 'broken');
    }
  }

  #hear(cutter: Cutter, event: ResultEvent): void {
    this.#vainEnds = 0;
    const heardAt = this.#hooks.nowMs() - LAG_MS + this.#hooks.delayMs();
    this.#liveSinceMs = this.#hooks.isLive() ? (this.#liveSinceMs ?? heardAt) : null;
    for (let n = event.resultIndex; n < event.results.length; n += 1) {
      const result = event.results[n];
      const transcript = result?.[0]?.transcript ?? '';
      if (!result || !transcript.trim()) continue;
      this.words = transcript.trim();
      const captions = cutter.hear(n, transcript, result.isFinal, heardAt);
      if (captions.length && this.#liveSinceMs !== null) this.#hooks.say(this.language, captions.map((one) => this.#within(one)));
    }
    this.#hooks.changed();
  }

  /** A sentence that began before the show belongs to its first picture. */
  #within(caption: SpokenCaption): SpokenCaption {
    return { ...caption, startsAtMs: Math.max(caption.startsAtMs, this.#liveSinceMs ?? 0) };
  }

  #fails(run: Recognition, error: string): void {
    if (run !== this.#run || error === 'no-speech' || error === 'aborted') return; // its end begins anew
    this.#run = null;
    this.#set('off', error === 'language-not-supported' ? 'no-language' : 'broken');
  }

  #ends(run: Recognition): void {
    if (run !== this.#run) return;
    this.#vainEnds += 1;
    if (this.#vainEnds > VAIN_ENDS_MAX) {
      this.#run = null;
      this.#set('off', 'broken');
    } else {
      this.#listen();
    }
  }

  #set(state: SpeechState, fault: SpeechFault): void {
    this.state = state;
    this.fault = fault;
    this.#hooks.changed();
  }
}
