/** Time, chance and the network, as far as the client needs them: a test is a world of its own. */

/** The part of `WebSocket` that is used. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface Surroundings {
  now(): number;
  random(): number;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(id: number): void;
  openSocket(url: string): Socket;
  fetch(url: string, init: RequestInit): Promise<Response>;
}

export const browserSurroundings: Surroundings = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, ms) => setTimeout(callback, ms) as unknown as number,
  clearTimeout: (id) => clearTimeout(id),
  openSocket: (url) => new WebSocket(url) as unknown as Socket,
  fetch: (url, init) => fetch(url, init),
};

export function webSocketUrl(url: string, base: string): string {
  const absolute = new URL(url, base);
  absolute.protocol = absolute.protocol.replace('http', 'ws');
  return absolute.href;
}
