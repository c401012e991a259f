/** States, sizes, places and errors in words. */
import { ApiError, type Fault } from '../fetching';
import { sayError } from '../say-error';
import { type Finding, type Import, isBusy } from './imports';
import type { State } from './state';
import { label, t } from './texts';

/** What happens now, for the live region. Parts of an upload are told in tens: a voice cannot follow every one. */
export function sayStanding({ upload, open, notice }: State): string {
  if (upload !== null) return t('say.uploading', { percent: Math.floor(upload * 10) * 10 });
  if (notice !== null) return notice;
  if (!open) return '';
  if (isBusy(open)) return sayProgress(open);
  if (open.failure) return t('say.failed', { reason: open.failure.detail ?? '' });
  return sayState(open);
}

function sayProgress({ progress }: Import): string {
  if (!progress) return t('say.busy', { step: t('step.waiting') });
  const { done, total } = progress;
  const step = label('step', progress.step);
  if (total) return t('say.busyOf', { step, done, total });
  return done > 0 ? t('say.busyCount', { step, done }) : t('say.busy', { step });
}

function sayState(im: Import): string {
  if (im.state === 'decoded') return t('say.decoded', { n: im.questions?.length ?? 0 });
  if (im.state === 'checked') return t('say.checked', { n: im.errors ?? 0 });
  if (im.state === 'staged') {
    const { new: added = 0, changed = 0, removed = 0 } = im.counts ?? {};
    return t('say.staged', { new: added, changed, removed });
  }
  return label('say', im.state);
}

/** An import's own name: its file, or what it takes back. */
export function sayName(im: Import): string {
  return im.file ?? (im.undoes ? t('import.undoing', { id: im.undoes }) : im.id);
}

/** A moment in UTC, to the minute, as the log of the server has it. */
export function sayMoment(moment: string): string {
  return `${moment.slice(0, 16).replace('T', ' ')} UTC`;
}

export function saySize(bytes: number): string {
  if (bytes < 1e6) return t('size.kilobytes', { n: Math.max(1, Math.round(bytes / 1e3)) });
  return t('size.megabytes', { n: (bytes / 1e6).toFixed(1) });
}

/** Where a finding is: its record, line, feature and field, or the file as a whole. */
export function sayWhere({ record, line, feature, field }: Partial<Finding>): string {
  const parts = [record && t('finding.record', { n: record }), line && t('finding.line', { n: line }), feature, field];
  return parts.filter(Boolean).join(', ') || t('finding.file');
}

export interface Trouble {
  readonly text: string;
  /** Every broken rule, with its place. */
  readonly faults: readonly string[];
}

/** What went wrong with a step. A text is an error of the page's own. */
export function sayTrouble(error: unknown): Trouble {
  if (typeof error === 'string') return { text: error, faults: [] };
  if (!(error instanceof ApiError) || error.kind !== 'refused') {
    return { text: t('error.failed', { reason: sayError(error) }), faults: [] };
  }
  const { problem, status } = error;
  return {
    text: t('error.failed', { reason: problem?.detail ?? problem?.title ?? String(status ?? '') }),
    faults: (problem?.errors ?? []).map(sayFault),
  };
}

function sayFault(fault: Fault): string {
  const placed = fault.record ?? fault.feature ?? fault.field;
  const where = placed === undefined ? fault.parameter : sayWhere(fault);
  return [where, fault.detail ?? fault.rule].filter(Boolean).join(': ');
}
