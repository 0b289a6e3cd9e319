/**
 * The host's stage: her cameras and screen, guests, and the mix that viewers get. No elements here.
 */
import { Capture, QUALITIES, type Quality } from './capture.ts';
import { StageMixer, type Layout, type Look, type Size, type SourceFacts } from './mixer/index.ts';

/** The picture's shape; it stays for a whole show, also when a phone is turned. */
export type Shape = 'landscape' | 'portrait';

const HOST = 'host';
const SCREEN = 'screen';
const CLOSE_UP = 'close-up';

interface View {
  readonly layout: Layout;
  readonly main: string | null;
}

export class Stage {
  readonly capture: Capture;
  shape: Shape = 'landscape';
  /** The words of the host's name plate. */
  hostName = '';
  #mixer: StageMixer | null = null;
  /** The layout before the screen was shared. */
  #before: View | null = null;
  #hasChosenShape = false;
  readonly #streams = new Map<string, MediaStream>();
  readonly #changed: () => void;
  readonly #look: () => Look;

  /** `changed`: other devices, sources, or another layout. `look` is read when the stage is opened. */
  constructor(changed: () => void, look: () => Look) {
    this.#changed = changed;
    this.#look = look;
    this.capture = new Capture(() => this.#captured());
  }

  /** Opens the mix, and then the camera and the microphone. */
  open(): Promise<void> {
    this.#mixer ??= new StageMixer(this.size, this.#look(), this.#changed);
    return this.capture.open();
  }

  /** Guests come on stage here; `null` before `open`. */
  get mixer(): StageMixer | null {
    return this.#mixer;
  }

  /** What is sent. Its tracks stay the same from `open` to `close`. */
  get output(): MediaStream | null {
    return this.#mixer?.output ?? null;
  }

  /** A host alone sees herself as in a mirror; names and products are seen as viewers see them. */
  get isMirrored(): boolean {
    const scene = this.#mixer?.scene;
    if (!scene || scene.hasPicture) return false;
    const first = scene.main ?? HOST;
    return first === HOST && (scene.sources.length === 1 || scene.layout === 'full');
  }

  get size(): Size {
    const { width, height } = QUALITIES[this.capture.quality];
    const even = width - (width % 2); // encoders take even sizes alone
    return this.shape === 'portrait' ? { width: height, height: even } : { width: even, height };
  }

  setQuality(quality: Quality): Promise<void> {
    this.capture.quality = quality;
    this.#mixer?.resize(this.size);
    return this.capture.open();
  }

  setShape(shape: Shape): void {
    this.#hasChosenShape = true;
    this.#setShape(shape);
    this.#changed();
  }

  close(): void {
    this.capture.close();
    this.#mixer?.close();
    this.#mixer = null;
  }

  #setShape(shape: Shape): void {
    this.shape = shape;
    this.#mixer?.resize(this.size);
  }

  #captured(): void {
    const { stream, screen, closeUp, picture } = this.capture;
    if (picture && !this.#hasChosenShape) {
      this.#hasChosenShape = true; // a phone that is turned in mid-show keeps its picture's shape
      this.#setShape(picture.height > picture.width ? 'portrait' : 'landscape');
    }
    this.#stage(HOST, stream, { kind: 'host', name: this.hostName });
    this.#stage(CLOSE_UP, closeUp, { kind: 'close-up', name: '' });
    this.#share(screen);
    this.#changed();
  }

  /** A shared screen comes first, with the host in its corner; the layout of before comes back with its end. */
  #share(screen: MediaStream | null): void {
    const mixer = this.#mixer;
    const was = this.#streams.has(SCREEN);
    this.#stage(SCREEN, screen, { kind: 'screen', name: '' });
    if (!mixer || was === (screen !== null)) return;
    if (screen) {
      this.#before = { layout: mixer.scene.layout, main: mixer.scene.main };
      mixer.setLayout('picture-in-picture', { main: SCREEN });
    } else if (this.#before) {
      mixer.setLayout(this.#before.layout, { main: this.#before.main ?? HOST });
      this.#before = null;
    }
  }

  #stage(id: string, stream: MediaStream | null, facts: SourceFacts): void {
    if (this.#streams.get(id) === (stream ?? undefined)) return;
    if (stream) {
      this.#streams.set(id, stream);
      this.#mixer?.add(id, stream, facts);
    } else {
      this.#streams.delete(id);
      this.#mixer?.remove(id);
    }
  }
}
