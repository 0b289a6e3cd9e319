/** The client's environment: time, chance and the network. A test brings its own. */

/** The part of `WebSocket` that is used. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface Environment {
  now(): number;
  random(): number;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(id: number): void;
  openSocket(url: string): Socket;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** A value that this tab kept earlier; `null` for none, or when it may keep nothing. */
  recall(key: string): string | null;
  keep(key: string, value: string): void;
}

export const browserEnvironment: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, ms) => setTimeout(callback, ms) as unknown as number,
  clearTimeout: (id) => clearTimeout(id),
  openSocket: (url) => {
    try {
      return new WebSocket(url) as unknown as Socket;
    } catch {
      return noSocket(); // there are none here, or a policy forbids them
    }
  },
  fetch: (url, init) => fetch(url, init),
  recall: (key) => {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  keep: (key, value) => {
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // The next page finds it out again.
    }
  },
};

/** One that closes at once, as one that nothing gets through does in the end. */
function noSocket(): Socket {
  const socket: Socket = { send: () => undefined, close: () => undefined, onopen: null, onmessage: null, onclose: null };
  setTimeout(() => socket.onclose?.({ code: 1006 }));
  return socket;
}
