/** What to tell a person about an error, in the page's language. */
import { ApiError } from '../api/client.ts';
import { t, type TextKey } from '../i18n/index.ts';

/** The doors of the timeline know no languages: what they say for developers is said here for people. */
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

/** By its code; of codes that are not known here, what the server says. `uncertain`: it may have got there or not. */
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
