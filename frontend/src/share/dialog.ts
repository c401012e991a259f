/** The dialog to share, cite, embed, download, print and save what is on the map. */
import { writeAddress } from '../address';
import { button, element } from '../dom';
import { sayError } from '../say-error';
import type { State } from '../state';
import { t } from '../texts';
import { cite } from './cite';
import { downloads } from './downloads';
import { copyable, openModal, section } from './modal';
import { picture, save } from './picture';
import { print } from './print';
import type { Shown } from './shown';

export function openShare(shown: Shown): void {
  const home = location.href.replace(/[?#].*$/, '');
  const citing = element('div', {}, element('p', { class: 'quiet', role: 'status' }, t('load.busy')));
  const dialog = openModal(
    t('tools.share'),
    'share',
    section(t('share.link'), copyable(t('share.link'), home + writeAddress(shown.state), 2)),
    section(t('share.cite'), citing),
    section(t('share.download'), downloads(shown)),
    section(t('share.picture'), pictures(shown)),
    section(t('share.embed'), copyable(t('share.embed'), embedCode(home, shown.state), 3), embedHelp()),
  );
  const abort = new AbortController();
  dialog.addEventListener('close', () => abort.abort());
  void showCitation(citing, shown, home, abort.signal);
}

async function showCitation(node: HTMLElement, shown: Shown, home: string, signal: AbortSignal): Promise<void> {
  try {
    const { text, bibtex } = await cite(shown, home, signal);
    node.replaceChildren(copyable(t('share.cite'), text, 4), copyable('BibTeX', bibtex, 4));
  } catch (error) {
    node.replaceChildren(element('p', {}, t('share.citeFailed', { reason: sayError(error) })));
  }
}

function pictures(shown: Shown): HTMLElement {
  const said = element('p', { class: 'quiet', role: 'status' });
  const draw = async (use: (canvas: HTMLCanvasElement) => void) => {
    said.textContent = t('share.drawing');
    const { canvas, missing } = await picture(shown);
    said.textContent = missing > 0 ? t('share.notDrawn', { n: missing }) : t('share.drawn');
    use(canvas);
  };
  const printer = button({}, () => void draw(print), t('share.print'));
  const saver = button({}, () => void draw(canvas => save(canvas, shown.state.date)), t('share.save'));
  return element('div', {}, element('div', { class: 'modal-row' }, printer, saver), said);
}

/** The address of the view for a frame, and the frame around it. */
export function embedCode(home: string, state: State): string {
  const address = `${home}embed${writeAddress({ ...state, item: null })}`
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;');
  return `<iframe src="${address}" title="Oxus" width="100%" height="480" loading="lazy" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe>`;
}

function embedHelp(): HTMLElement {
  return element('a', { href: 'embed/docs', target: '_blank', rel: 'noopener' }, t('share.embedHelp'));
}
