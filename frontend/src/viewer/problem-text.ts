/** The text about an error for a person, in the page's language. */
import { ApiError } from '../api/client.ts';
import { t, type TextKey } from '../i18n/index.ts';

/** The timeline's endpoints speak to developers, in English: here are the texts for people. */
const TEXTS: Readonly<Record<string, TextKey>> = {
  busy: 'error.busy',
  'too-many-connections': 'error.busy',
  stopping: 'error.restarting',
  unavailable: 'error.no-answer',
  timeout: 'error.no-answer',
  'too-slow': 'error.no-answer',
  'no-answer': 'error.no-answer',
  error: 'error.unknown',
  failed: 'error.unknown',
  'bad-request': 'error.unknown',
  'not-yet': 'error.unknown',
  'token-expired': 'error.token',
  'token-required': 'error.token',
  'bad-token': 'error.token',
};

/** The text is chosen by the code; for other codes the server's text stands. `uncertain`: the request may have arrived or not. */
export function problemText(error: unknown, uncertain: TextKey = 'error.unknown'): string {
  if (!(error instanceof ApiError)) return t('error.unknown');
  const { code, status, problem } = error;
  if (status === 429 && problem.retry_after_s) return t('error.wait', { seconds: Math.ceil(problem.retry_after_s) });
  const known = TEXTS[code];
  if (known) return t(known);
  if (error.isUncertain) return t(status === 0 && uncertain === 'error.unknown' ? 'error.network' : uncertain);
  return problem.detail || t(uncertain);
}

/** The text above the form for the name. A guest who has no name yet has made no mistake. */
export function nameProblemText(error: ApiError): string {
  return error.code === 'name-needed' ? '' : error.problem.detail || t('error.unknown');
}
