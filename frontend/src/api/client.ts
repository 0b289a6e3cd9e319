/**
 * The one way to the HTTP API: every call has a timeout, errors are `ApiError` with the server's problem details,
 * and an expired viewer token is renewed once. Nothing here touches the DOM, except reading the CSRF cookie.
 */
import type { Problem, Viewer, ViewerToken } from './types.ts';

const TIMEOUT_MS = 15_000;
/** Renew a little before the server would refuse, so that no tap has to wait for a second round trip. */
const RENEW_BEFORE_MS = 60_000;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title || problem.code);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
  get field(): string | undefined {
    return this.problem.field;
  }
  /** The request may have reached the server or not: the same Idempotency-Key must be used again. */
  get isUncertain(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  idempotencyKey?: string;
  /** `path` is an address of its own on this site, not one below the API. */
  isOutsideApi?: boolean;
  /** Goes on when the page is left. */
  outlivesPage?: boolean;
  signal?: AbortSignal;
}

export interface ApiOptions {
  base?: string;
  /** The viewer token; without one the browser's session cookie is used (the console). */
  auth?: ViewerToken | null;
  /** New tokens are for this show's brand; without it, for the brand of the host name. */
  tokenFor?: { show: string };
  /** The page's language: sentences of the server's answers are said in it. */
  language?: string;
  fetch?: typeof fetch;
  now?: () => number;
}

/** Random enough for a key, also where `crypto.randomUUID` is missing (plain http on a local network). */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Api {
  readonly base: string;
  #auth: ViewerToken | null;
  #tokenFor: { show?: string };
  #fetch: typeof fetch;
  #now: () => number;
  #renewal: Promise<ViewerToken> | null = null;
  #usesToken: boolean;
  readonly #languages: string | null;
  /** Called when the viewer's token was renewed or the name changed. */
  onAuth: (auth: ViewerToken) => void = () => undefined;

  constructor(options: ApiOptions = {}) {
    this.base = options.base ?? '/api/v1';
    this.#auth = options.auth ?? null;
    this.#tokenFor = options.tokenFor ?? {};
    this.#usesToken = options.auth !== undefined;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#now = options.now ?? (() => Date.now());
    this.#languages = options.language ? languagesAfter(options.language) : null;
  }

  get token(): string | null {
    return this.#auth?.token ?? null;
  }

  get viewer(): Viewer | null {
    return this.#auth?.viewer ?? null;
  }

  /** The present token's remaining time; null without one. */
  get tokenLeftMs(): number | null {
    return this.#auth ? Date.parse(this.#auth.expires_at) - this.#now() : null;
  }

  /** A token that is still good for a minute. */
  async freshToken(): Promise<string> {
    const auth = this.#auth;
    if (auth && Date.parse(auth.expires_at) - this.#now() > RENEW_BEFORE_MS) return auth.token;
    return (await this.renewToken()).token;
  }

  /** A new token for the same guest or member; concurrent callers share one request. */
  renewToken(): Promise<ViewerToken> {
    this.#renewal ??= this.#send<ViewerToken>('/viewer-token', { method: 'POST', body: this.#tokenFor }, null)
      .then((auth) => this.#adopt(auth))
      .finally(() => {
        this.#renewal = null;
      });
    return this.#renewal;
  }

  async setName(name: string): Promise<ViewerToken> {
    return this.#adopt(await this.request<ViewerToken>('/viewer/name', { method: 'PUT', body: { name } }));
  }

  async request<T>(path: string, options: RequestOptions = {}): Promise<T> {
    if (!this.#usesToken) return this.#send<T>(path, options, null);
    try {
      return await this.#send<T>(path, options, await this.freshToken());
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      return this.#send<T>(path, options, (await this.renewToken()).token);
    }
  }

  #adopt(auth: ViewerToken): ViewerToken {
    this.#auth = auth;
    this.onAuth(auth);
    return auth;
  }

  async #send<T>(path: string, options: RequestOptions, token: string | null): Promise<T> {
    const method = options.method ?? 'GET';
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    let response: Response;
    try {
      response = await this.#fetch(options.isOutsideApi ? path : this.base + path, {
        method,
        headers: { ...headersOf(options, token), ...(this.#languages ? { 'Accept-Language': this.#languages } : {}) },
        credentials: 'same-origin',
        keepalive: options.outlivesPage ?? false,
        signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      });
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      throw new ApiError({ status: 0, code: 'network', detail: '' });
    }
    return readBody<T>(response);
  }
}

/** The page's language before the browser's own: these tell the server the person's country. */
function languagesAfter(language: string): string {
  const own = (globalThis.navigator?.languages ?? []).filter((one) => one !== language).slice(0, 9);
  return [language, ...own.map((one, place) => `${one};q=0.${9 - place}`)].join(',');
}

function headersOf(options: RequestOptions, token: string | null): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers['Authorization'] = `Bearer ${token}`;
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  const csrf = (options.method ?? 'GET') === 'GET' ? null : csrfToken();
  if (csrf) headers['X-CSRFToken'] = csrf;
  return headers;
}

async function readBody<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  throw new ApiError(toProblem(response, text));
}

function toProblem(response: Response, text: string): Problem {
  const retryAfter = Number(response.headers.get('Retry-After'));
  const extra = retryAfter > 0 ? { retry_after_s: retryAfter } : {};
  try {
    const parsed = JSON.parse(text) as Partial<Problem>;
    if (typeof parsed.code === 'string') {
      return { detail: '', ...extra, ...parsed, code: parsed.code, status: response.status };
    }
  } catch {
    // Not ours: a proxy's page, an empty body. The status is all we know.
  }
  return { status: response.status, code: `http-${response.status}`, detail: '', ...extra };
}

/** The token that the site wants with every change by the browser's session. */
export function csrfToken(): string | null {
  const match = /(?:^|;\s*)csrftoken=([^;]+)/.exec(globalThis.document?.cookie ?? '');
  return match?.[1] ?? null;
}
