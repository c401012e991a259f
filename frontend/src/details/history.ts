import { sayDate } from '../dates';
import { button, element } from '../dom';
import type { Item, Source, StatusPeriod } from '../feature';
import { dataParagraph, dataText } from '../language/data-text';
import { statusMark } from '../symbols';
import { label, sayCause, t } from '../texts';
import type { DetailContext } from './context';
import { HistoryBar } from './history-bar';
import { citations } from './sources';
import { sayPrecision, saySpan } from './span';

type Sources = ReadonlyMap<string, Source>;

/** Every documented period: as a bar, the chosen turn with what it rests on, and all of them as a list, oldest first. */
export function historySection(item: Item, context: DetailContext): HTMLElement {
  const history = [...item.statusHistory].sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const section = element('section', { class: 'detail-history' }, element('h3', {}, t('item.history')));
  if (history.length === 0) section.append(element('p', {}, t('item.noHistory')));
  else section.append(...historyParts(history, new Map(item.sources.map(source => [source.id, source])), context));
  return section;
}

function historyParts(history: readonly StatusPeriod[], sources: Sources, context: DetailContext): HTMLElement[] {
  const { date, today, kept } = context;
  const turn = element('div', { class: 'turn', role: 'status' });
  const show = (index: number | null) => {
    const period = index === null ? undefined : history[index];
    turn.replaceChildren(
      period
        ? entryNode('div', period, sources, context, 'turn')
        : element('p', { class: 'quiet' }, t('detail.choose')),
    );
  };
  const choose = (index: number) => {
    kept.turn = index;
    show(index);
  };
  const chosen = kept.turn !== null && kept.turn < history.length ? kept.turn : null;
  const bar = new HistoryBar({ history, date, today, chosen, choose });
  show(chosen);
  return [bar.node, turn, historyList(history, sources, context)];
}

/** The bar's twin in words. */
function historyList(history: readonly StatusPeriod[], sources: Sources, context: DetailContext): HTMLElement {
  const { kept } = context;
  const entries = history.map((period, index) => entryNode('li', period, sources, context, `entry-${index}`));
  const node = element(
    'details',
    { class: 'history-list', open: kept.historyOpen },
    element('summary', { 'data-keep': 'history' }, t('detail.asList', { n: history.length })),
    element('ol', {}, ...entries),
  );
  node.addEventListener('toggle', () => {
    kept.historyOpen = node.open;
  });
  return node;
}

/** One period: status, dates and how exactly they are known, cause, sources, and the way to its first day. */
function entryNode(
  tag: 'li' | 'div',
  period: StatusPeriod,
  sources: Sources,
  { actions }: DetailContext,
  keep: string,
): HTMLElement {
  const milestone = period.kind === 'milestone';
  const status = period.status ?? 'unknown';
  const remarks = [
    sayCause(period.cause),
    period.kind === 'disruption' ? t('history.disruption') : null,
    period.scope === 'project' ? t('history.project') : null,
    sayPrecision(period),
  ].filter(remark => remark !== null);
  const goThere = button(
    { class: 'quiet-button', 'data-keep': `${keep}-date` },
    () => actions.setDate(period.from),
    t('detail.setDate', { date: sayDate(period.from) }),
  );
  return element(
    tag,
    { class: `entry entry-${period.kind}` },
    milestone ? element('span', { class: 'milestone', 'aria-hidden': 'true' }, '◆') : statusMark(status, null, 15),
    element(
      'div',
      {},
      element(
        'p',
        {},
        element('strong', {}, milestone ? t('history.milestone') : label('status', status)),
        ' ',
        element('span', { class: 'entry-dates' }, saySpan(period)),
      ),
      element('p', { class: 'quiet' }, ...remarkNodes(remarks)),
      period.summary && dataParagraph(period.summary),
      citations(period.sources, sources),
      goThere,
    ),
  );
}

/** A cause may be free text of the data. */
function remarkNodes(remarks: readonly string[]): (Node | string)[] {
  return remarks.flatMap((remark, index) => [index > 0 ? ' · ' : '', dataText(remark)]);
}
