import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.ts';
import type { Problem } from '../api/types.ts';
import { useLanguage } from '../i18n/index.ts';
import { problemText } from './problem-text.ts';

const problem = (values: Partial<Problem>) => new ApiError({ status: 400, code: 'x', detail: '', ...values });

describe('a problem', () => {
  it.each([
    [{ status: 429, code: 'rate-limited', detail: 'Not so fast.', retry_after_s: 1.2 }, 'Das war viel auf einmal. Versuch es in 2 s noch einmal.'],
    [{ status: 503, code: 'busy', detail: 'Too much is going on at this moment.' }, 'Gerade ist sehr viel los. Versuch es gleich noch einmal.'],
    [{ status: 503, code: 'stopping', detail: 'The server is restarting.' }, 'Der Server startet gerade neu. Versuch es gleich noch einmal.'],
    [{ status: 503, code: 'timeout', detail: 'It took too long.' }, 'Es kam keine Antwort. Versuch es gleich noch einmal.'],
    [{ status: 500, code: 'failed', detail: 'That went wrong. Try again.' }, 'Das hat nicht geklappt. Versuche es gleich noch einmal.'],
  ])('of a door that speaks English alone is told in the page’s language: %j', async (values, text) => {
    await useLanguage('de');
    expect(problemText(problem(values))).toBe(text);
    await useLanguage('en');
  });

  it('with an unknown code is told in the words of the server', () => {
    expect(problemText(problem({ status: 409, code: 'poll-closed', detail: 'The poll is closed.' }))).toBe('The poll is closed.');
    expect(problemText(problem({ status: 409, code: 'of-tomorrow' }))).toBe('That didn’t work. Try again in a moment.');
  });

  it('with an uncertain outcome is told in the words of its place', () => {
    const lost = problem({ status: 0, code: 'network' });
    expect(problemText(lost)).toBe('You seem to be offline. Try again in a moment.');
    expect(problemText(lost, 'chat.failed')).toBe('Your message wasn’t sent. Check your connection and try again.');
    expect(problemText(problem({ status: 502, code: 'http-502', detail: 'Bad gateway' }), 'chat.failed')).toContain('wasn’t sent');
    expect(problemText(new Error('a bug'))).toBe('That didn’t work. Try again in a moment.');
  });
});
