import { afterEach, describe, expect, it, vi } from 'vitest';
import { Api } from './client.ts';

/** The `Accept-Language` of a request from a page in `language`. */
async function asked(language?: string): Promise<string | null> {
  let sent: string | null = null;
  const fetchIt: typeof fetch = (_input, init) => {
    sent = new Headers(init?.headers).get('Accept-Language');
    return Promise.resolve(new Response('{}'));
  };
  await new Api({ fetch: fetchIt, ...(language ? { language } : {}) }).request('/cart');
  return sent;
}

describe('the language of an answer', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('is the page’s, also where the browser asks for another; its country is still told', async () => {
    vi.stubGlobal('navigator', { languages: ['fr-CH', 'fr'] });
    expect(await asked('de')).toBe('de,fr-CH;q=0.9,fr;q=0.8');
  });

  it('is told once', async () => {
    vi.stubGlobal('navigator', { languages: ['de', 'de-AT'] });
    expect(await asked('de')).toBe('de,de-AT;q=0.9');
  });

  it('is left to the browser where the page has none', async () => {
    expect(await asked()).toBeNull();
  });
});
