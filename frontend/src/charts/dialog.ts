/** The dialog with the charts of what is in sight. */
import '../css/charts.css';
import { element } from '../dom';
import type { Period } from '../period';
import { sayError } from '../say-error';
import { openModal, section } from '../share/modal';
import type { Shown } from '../share/shown';
import { t } from '../texts';
import { ClosureChart } from './closures';
import { incidentChart } from './incidents';

export interface Charts {
  /** Counts closures for other days. */
  update(span: Period): void;
  close(): void;
}

/** setCharts is told of other days that the reader chooses, and with null that the charts were closed. */
export function openCharts(shown: Shown, span: Period, setCharts: (span: Period | null) => void): Charts {
  const incidents = element('div', {}, element('p', { role: 'status' }, t('load.busy')));
  const width = () => Math.max(240, incidents.clientWidth);
  const closures = new ClosureChart(shown, span, width, setCharts);
  const dialog = openModal(
    t('tools.charts'),
    'charts',
    section(t('charts.incidents'), incidents),
    section(t('charts.closures'), closures.node),
  );
  const abort = new AbortController();
  dialog.addEventListener('close', () => {
    abort.abort();
    closures.remove();
    setCharts(null);
  });
  void showIncidents(incidents, shown, width, abort.signal);
  return { update: next => closures.update(next), close: () => dialog.close() };
}

async function showIncidents(node: HTMLElement, shown: Shown, width: () => number, signal: AbortSignal): Promise<void> {
  try {
    node.replaceChildren(...(await incidentChart(shown, width(), signal)));
  } catch (error) {
    if (!signal.aborted) node.replaceChildren(t('charts.failed', { reason: sayError(error) }));
  }
}
