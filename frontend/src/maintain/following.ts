/** Keeps the open import as the server has it: follows its events, and asks for its preview when it stands still. */
import type { Store } from '../store';
import { follow } from './api';
import { type Import, isBusy, isFinal } from './imports';
import { type State, withError, withNews, withProgress } from './state';
import { t } from './texts';

export function keepUpToDate(store: Store<State>, preview: (im: Import) => void): void {
  let followed: string | null = null;
  let stop = () => {};
  let asked: string | null = null;

  const start = (id: string) =>
    follow(id, {
      progress: progress => store.change(state => withProgress(state, id, progress)),
      state: im => store.change(state => withNews(state, im)),
      lost: () => store.change(state => withError(state, t('error.lost'))),
    });

  store.subscribe(state => {
    const { open } = state;
    const wanted = open && !isFinal(open) ? open.id : null;
    if (wanted !== followed) {
      stop();
      followed = wanted;
      stop = wanted === null ? () => {} : start(wanted);
    }
    // Once for each state of an import: what failed is not asked again and again.
    const sight = open && !isBusy(open) && open.counts && !state.preview ? `${open.id} ${open.changed}` : null;
    if (sight === asked) return;
    asked = sight;
    if (open && sight !== null) preview(open);
  });
}
