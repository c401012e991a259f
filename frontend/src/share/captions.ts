/** What is written around a map on paper or in a picture. */
import { writeAddress } from '../address';
import { sayDate, sayMoment } from '../dates';
import { incidentPeriod } from '../period';
import type { State } from '../state';
import { t } from '../texts';

export interface Captions {
  readonly title: string;
  /** Of when the map is. */
  readonly said: string;
  /** How marks are read where two dates are compared, else null. */
  readonly compared: string | null;
  readonly credits: string;
  /** Where the map and its sources are found. */
  readonly sources: string;
}

export function captionsOf(state: State): Captions {
  const { from, to } = incidentPeriod(state);
  const incidents = { date: sayDate(state.date), from: sayDate(from), to: sayDate(to) };
  const dated = state.layers.includes('incidents') ? t('load.doneIncidents', incidents) : t('load.done', incidents);
  const recorded = state.recorded === null ? '' : ` ${t('recorded.banner', { moment: sayMoment(state.recorded) })}`;
  const compared = state.compare === null ? '' : ` ${t('picture.compared', { date: sayDate(state.compare) })}`;
  const link = location.href.replace(/[?#].*$/, '') + writeAddress(state);
  return {
    title: `${t('app.name')} – ${t('picture.title')}`,
    said: dated.replace(/(?<!\.)$/, '.') + compared + recorded,
    compared: state.compare === null ? null : t('compare.legend'),
    credits: document.querySelector('.attribution')?.textContent ?? t('credit.data'),
    sources: t('picture.sources', { link }),
  };
}
