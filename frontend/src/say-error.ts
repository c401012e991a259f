import { ApiError } from './fetching';
import { t } from './texts';

/** What went wrong, for the reader. */
export function sayError(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unreadable');
  if (error.kind === 'network') return t('error.network');
  if (error.kind === 'offline') return t('error.offline');
  if (error.kind === 'unreadable') return t('error.unreadable');
  const { problem, status } = error;
  const details = problem?.errors?.map(({ parameter, detail }) => `${parameter ?? '?'}: ${detail ?? ''}`).join('; ');
  return t('error.refused', { detail: details || problem?.detail || problem?.title || String(status ?? '') });
}
