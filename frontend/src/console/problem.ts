/** An error in words: what happened and what to do. */
import { ApiError } from '../api/client.ts';
import { t } from './texts.ts';

export function problemWords(error: unknown): string {
  if (!(error instanceof ApiError)) return t('problem.unknown');
  if (error.code === 'network') return t('problem.network');
  if (error.status === 401) return t('problem.signedOut');
  if (error.status === 403) return error.problem.detail || t('problem.forbidden');
  if (error.status >= 500) return t('problem.server');
  return error.problem.detail || t('problem.unknown');
}
