/**
 * The commands of a person that are not answered yet. Each has an id, so that it may be sent as often as the
 * connection makes it necessary: over the open socket, again after a reconnect, by POST where there is no socket. The first
 * answer counts, a problem is told as it is, and after half a minute the sender learns that there was none.
 */
import { ApiError } from '../api/client.ts';
import type { Problem } from '../api/types.ts';
import type { CommandFrame, ServerFrame } from './entries.ts';
import type { Environment } from './environment.ts';

const ANSWER_WITHIN_MS = 30_000;
/** An answer over the socket that takes longer than this is asked for by POST, too. */
const ASK_AGAIN_MS = 5_000;
const POST_AGAIN_MS = 2_000;
const PENDING_MAX = 64;

export interface Ack extends Readonly<Record<string, unknown>> {
  readonly id: string;
  /** Of the entry that it became; null: of none. */
  readonly seq: number | null;
}

export interface Ways {
  /** Send over the open socket; false where there is none. */
  overSocket(frame: CommandFrame): boolean;
  /** By POST; throws `ApiError`. `renew`: with another token. */
  byPost(frame: CommandFrame, renew: boolean): Promise<Ack>;
  /** The socket's token was refused. */
  renewToken(): Promise<void>;
}

interface Pending {
  frame: CommandFrame;
  answer: Promise<Ack>;
  resolve: (ack: Ack) => void;
  reject: (error: ApiError) => void;
  timer: number;
  deadline: number;
  isPosting: boolean;
  renewals: number;
}

export class Outbox {
  readonly #env: Environment;
  readonly #ways: Ways;
  readonly #pending = new Map<string, Pending>();

  constructor(env: Environment, ways: Ways) {
    this.#env = env;
    this.#ways = ways;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Resolves with the server's answer, rejects with `ApiError`. The same id again is the same command. */
  send(name: string, body: Record<string, unknown>, id: string): Promise<Ack> {
    const known = this.#pending.get(id);
    if (known) return known.answer;
    if (this.#pending.size >= PENDING_MAX) return Promise.reject(new ApiError({ status: 0, code: 'too-many', detail: '' }));
    const pending = this.#newPending({ type: 'command', id, name, body });
    this.#pending.set(id, pending);
    this.#try(pending);
    return pending.answer;
  }

  /** The socket is open (again): unanswered commands are sent once more. */
  opened(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.isPosting) this.#try(pending);
    }
  }

  take(frame: Extract<ServerFrame, { type: 'ack' | 'problem' }>): void {
    const pending = this.#pending.get(frame.id);
    if (!pending) return;
    const { type, ...rest } = frame;
    if (type === 'ack') this.#settle(pending, rest as unknown as Ack);
    else this.#refused(pending, rest as unknown as Problem);
  }

  /** Nothing can be sent any more: each waiting caller gets an error. */
  refuseAll(problem: Problem): void {
    for (const pending of [...this.#pending.values()]) this.#settle(pending, new ApiError(problem));
  }

  #newPending(frame: CommandFrame): Pending {
    let [resolve, reject]: [Pending['resolve'], Pending['reject']] = [() => undefined, () => undefined];
    const answer = new Promise<Ack>((onAck, onError) => {
      [resolve, reject] = [onAck, onError];
    });
    const pending: Pending = { frame, answer, resolve, reject, timer: 0, deadline: 0, isPosting: false, renewals: 0 };
    pending.deadline = this.#env.setTimeout(() => {
      this.#settle(pending, new ApiError({ status: 0, code: 'no-answer', detail: '' }));
    }, ANSWER_WITHIN_MS);
    return pending;
  }

  #try(pending: Pending): void {
    this.#env.clearTimeout(pending.timer);
    if (this.#ways.overSocket(pending.frame)) {
      pending.timer = this.#env.setTimeout(() => void this.#post(pending), ASK_AGAIN_MS);
    } else {
      void this.#post(pending);
    }
  }

  async #post(pending: Pending): Promise<void> {
    if (pending.isPosting || !this.#isWaiting(pending)) return;
    pending.isPosting = true;
    try {
      this.#settle(pending, await this.#ways.byPost(pending.frame, pending.renewals > 0));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      pending.isPosting = false;
      this.#refused(pending, error.problem);
    }
  }

  #refused(pending: Pending, problem: Problem): void {
    if (!this.#isWaiting(pending)) return;
    if (problem.status === 401 && pending.renewals === 0) {
      pending.renewals += 1;
      void this.#ways.renewToken().then(() => {
        if (this.#isWaiting(pending)) this.#try(pending);
      });
    } else if (problem.status === 0 || problem.status >= 500 || problem.code === 'busy') {
      // Done or not, nobody knows: asked again with the same id until the time is over.
      const waitMs = problem.retry_after_s === undefined ? POST_AGAIN_MS : problem.retry_after_s * 1000;
      this.#env.clearTimeout(pending.timer);
      pending.timer = this.#env.setTimeout(() => this.#try(pending), waitMs);
    } else {
      this.#settle(pending, new ApiError(problem));
    }
  }

  #isWaiting(pending: Pending): boolean {
    return this.#pending.get(pending.frame.id) === pending;
  }

  #settle(pending: Pending, answer: Ack | ApiError): void {
    if (!this.#isWaiting(pending)) return;
    this.#pending.delete(pending.frame.id);
    this.#env.clearTimeout(pending.timer);
    this.#env.clearTimeout(pending.deadline);
    if (answer instanceof ApiError) pending.reject(answer);
    else pending.resolve(answer);
  }
}
