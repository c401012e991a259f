/** The dialog with the charts of what is in sight. */
import '../css/charts.css';
import { element } from '../dom';
import { sayError } from '../say-error';
import { openModal, section } from '../share/modal';
import type { Shown } from '../share/shown';
import { t } from '../texts';
import { ClosureChart } from './closures';
import { incidentChart } from './incidents';

export function openCharts(shown: Shown): void {
  const incidents = element('div', {}, element('p', { role: 'status' }, t('load.busy')));
  const width = () => Math.max(240, incidents.clientWidth);
  const closures = new ClosureChart(shown, width);
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
  });
  void showIncidents(incidents, shown, width, abort.signal);
  void closures.show();
}

async function showIncidents(node: HTMLElement, shown: Shown, width: () => number, signal: AbortSignal): Promise<void> {
  try {
    node.replaceChildren(...(await incidentChart(shown, width(), signal)));
  } catch (error) {
    if (!signal.aborted) node.replaceChildren(t('charts.failed', { reason: sayError(error) }));
  }
}
