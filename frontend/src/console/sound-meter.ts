import { html, nothing } from 'lit';
import { PageElement, define } from '../ui/element.ts';
import { icon } from '../ui/icon.ts';
import { FLOOR_DB, HOT_DB, Needle, peakDb } from './sound-level.ts';
import { t } from './texts.ts';

const STEP_MS = 100;
/** A pause of a speaker is shorter. */
const SILENT_S = 8;

type Capturing = HTMLVideoElement & { captureStream?: () => MediaStream; mozCaptureStream?: () => MediaStream };

/**
 * The level of the preview's sound, measured in the browser. A captured stream keeps its sound while the element is
 * muted, so that the meter moves without anybody hearing it. A browser that cannot capture shows no meter.
 */
export class SfSoundMeter extends PageElement {
  static override properties = {
    video: { attribute: false },
    isMeasuring: { state: true },
    isSilent: { state: true },
  };
  declare video: Capturing | null;
  declare isMeasuring: boolean;
  declare isSilent: boolean;
  /** The loudest level since it was set, dB. */
  loudestDb = Number.NEGATIVE_INFINITY;
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #samples = new Float32Array(0);
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #needle = new Needle();

  constructor() {
    super();
    this.video = null;
    this.isMeasuring = false;
    this.isSilent = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
    // Browsers start sound after a gesture alone.
    document.addEventListener('pointerdown', this.#wake);
    document.addEventListener('keydown', this.#wake);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    document.removeEventListener('pointerdown', this.#wake);
    document.removeEventListener('keydown', this.#wake);
    void this.#context?.close();
    this.#context = null;
    this.#analyser = null;
  }

  readonly #wake = (): void => {
    if (this.#context?.state === 'suspended') void this.#context.resume();
  };

  #step(): void {
    if (!this.#source?.mediaStream.active || this.#isReplaced()) this.#connect();
    this.isMeasuring = this.#context?.state === 'running' && this.video?.paused === false;
    if (!this.isMeasuring) return;
    this.#analyser?.getFloatTimeDomainData(this.#samples);
    const db = peakDb(this.#samples);
    this.#needle.feed(db, STEP_MS / 1000);
    this.loudestDb = Math.max(this.loudestDb, db);
    this.isSilent = this.#needle.silentS >= SILENT_S;
    this.#draw();
  }

  /** A camera's stream is exchanged with its devices. */
  #isReplaced(): boolean {
    const own = this.video?.srcObject;
    return own instanceof MediaStream && own.getAudioTracks()[0] !== this.#source?.mediaStream.getAudioTracks()[0];
  }

  #draw(): void {
    const bar = this.querySelector<HTMLElement>('.sf-meter');
    bar?.style.setProperty('--sf-level', this.#needle.share.toFixed(3));
    bar?.classList.toggle('sf-meter--hot', this.#needle.db > HOT_DB);
    bar?.setAttribute('aria-valuenow', this.#needle.db.toFixed(0));
  }

  /** Sound tracks come and go with the broadcast. */
  #connect(): void {
    const { video } = this;
    if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const tracks = soundOf(video);
    if (!tracks.length) return;
    this.#context ??= new AudioContext();
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(new MediaStream(tracks));
    this.#analyser = this.#context.createAnalyser();
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source.connect(this.#analyser);
  }

  override render() {
    if (!this.isMeasuring) return nothing;
    return html`<span class="sf-meter" role="meter" aria-label=${t('meter.label')} aria-valuemin=${FLOOR_DB} aria-valuemax="0" title=${t('meter.label')}></span>
      <span role="status">${this.isSilent ? html`<span class="sf-badge sf-badge--warning" data-testid="meter-silent">${icon('volume-x')} ${t('meter.silent')}</span>` : nothing}</span>`;
  }
}

function soundOf(video: Capturing): MediaStreamTrack[] {
  if (video.srcObject instanceof MediaStream) return video.srcObject.getAudioTracks(); // a camera's own
  const stream = video.captureStream?.() ?? video.mozCaptureStream?.();
  if (!stream) return [];
  for (const track of stream.getVideoTracks()) track.stop(); // the picture need not be copied
  return stream.getAudioTracks();
}

define('sf-sound-meter', SfSoundMeter);

declare global {
  interface HTMLElementTagNameMap {
    'sf-sound-meter': SfSoundMeter;
  }
}
