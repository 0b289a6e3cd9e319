/** Sends captions in order, each until it is there. What cannot be sent for too long is lost, and counted. */
import { ApiError, type Api } from '../../api/client.ts';
import type { SpokenCaption } from './cutter.ts';

interface Waiting extends SpokenCaption {
  readonly language: string;
}

const WAITING_MAX = 50;
const AT_ONCE = 20;
const RETRY_MS = 1000;

export class CaptionSender {
  said = 0;
  lost = 0;
  /** The server's words, where it refused a caption. */
  problem = '';
  #waiting: Waiting[] = [];
  #isBusy = false;
  readonly #api: Pick<Api, 'request'>;
  readonly #path: string;
  readonly #changed: () => void;
  readonly #wait: (ms: number) => Promise<void>;

  constructor(api: Pick<Api, 'request'>, slug: string, changed: () => void, wait = pause) {
    this.#api = api;
    this.#path = `/shows/${encodeURIComponent(slug)}/captions`;
    this.#changed = changed;
    this.#wait = wait;
  }

  /** `startsAtMs` of the captions: Unix time of their pictures. */
  send(language: string, captions: readonly SpokenCaption[]): void {
    for (const one of captions) {
      this.#waiting = this.#waiting.filter(({ cueId }) => cueId !== one.cueId);
      this.#waiting.push({ ...one, language });
    }
    while (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.lost += 1;
    }
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const { language } = first; // the host may have changed it while others wait
      const some = this.#waiting.filter((one) => one.language === language).slice(0, AT_ONCE);
      try {
        await this.#api.request(this.#path, { method: 'POST', body: { language, captions: some.map(asBody) } });
        this.said += some.length;
        this.problem = '';
        this.#done(some);
      } catch (error) {
        if (error instanceof ApiError && error.isUncertain) {
          await this.#wait(RETRY_MS);
        } else {
          this.problem = error instanceof Error ? error.message : String(error);
          this.lost += some.length;
          this.#done(some);
        }
      }
      this.#changed();
    }
    this.#isBusy = false;
  }

  /** A caption that got other words meanwhile is another one, and stays. */
  #done(some: readonly Waiting[]): void {
    this.#waiting = this.#waiting.filter((one) => !some.includes(one));
  }
}

function asBody({ cueId, text, startsAtMs }: SpokenCaption) {
  return { cue_id: cueId, text, starts_at: new Date(startsAtMs).toISOString() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
