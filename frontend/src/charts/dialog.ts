/** The dialog with the charts of what is in sight. */
import '../css/charts.css';
import { element } from '../dom';
import type { Period } from '../period';
import { Question } from '../question';
import { sayError } from '../say-error';
import { openModal, section } from '../share/modal';
import { parametersOf, type Shown } from '../share/shown';
import { t } from '../texts';
import { ClosureChart } from './closures';
import { replaceInPlace } from './in-place';
import { type Chart, incidentChart } from './incidents';

export interface Charts {
  /** Asks anew where the question is another: for other days, or of another map. */
  update(shown: Shown, span: Period): void;
  /** Asks the same once more, because the data have changed. */
  refresh(): void;
  close(): void;
}

/** setCharts is told of other days that the reader chooses, and with null that the charts were closed. */
export function openCharts(shown: Shown, span: Period, setCharts: (span: Period | null) => void): Charts {
  const incidents = element('div', { class: 'charts-incidents' }, element('p', { role: 'status' }, t('load.busy')));
  const width = () => Math.max(240, incidents.clientWidth);
  const closures = new ClosureChart(width, shown.named, setCharts);
  const dialog = openModal(
    t('tools.charts'),
    'charts',
    section(t('charts.incidents'), incidents),
    section(t('charts.closures'), closures.node),
  );
  let remove = () => {};
  const question = new Question<Chart>(
    chart => {
      remove();
      remove = chart.remove;
      replaceInPlace(incidents, chart.nodes);
    },
    error => incidents.replaceChildren(t('charts.failed', { reason: sayError(error) })),
    0,
  );
  const update = (now: Shown, days: Period) => {
    question.ask(String(parametersOf(now, 'incidents')), signal => incidentChart(now, width(), signal));
    closures.update(now, days);
  };
  dialog.addEventListener('close', () => {
    question.stop();
    remove();
    closures.remove();
    setCharts(null);
  });
  update(shown, span);
  const refresh = () => {
    void question.again();
    closures.refresh();
  };
  return { update, refresh, close: () => dialog.close() };
}
