/** What the maintainer looks at, as one value. Every change is a function from state to state; nothing here touches the page. */
import type { ImportPage, SavedMapping } from './api';
import { type Import, isBusy, type Preview, type Session } from './imports';

export interface State {
  /** undefined until the server has said whether somebody is signed in. */
  readonly session: Session | null | undefined;
  /** The imports there are, the newest first. */
  readonly past: readonly Import[];
  /** Where those before them are asked for, null where there are none. */
  readonly older: string | null;
  /** The import that is looked at. */
  readonly open: Import | null;
  /** What the open import would change, as it stood when it was asked. */
  readonly preview: Preview | null;
  /** The mappings that can be used by name. */
  readonly mappings: readonly SavedMapping[];
  /** The properties that fields can fill, by collection, as far as they were asked for. */
  readonly properties: Readonly<Record<string, readonly string[]>>;
  /** How much of a file is up, from 0 to 1; null while none is on its way. */
  readonly upload: number | null;
  readonly accepted: boolean;
  readonly error: unknown;
  /** What was done, where the import itself does not show it. */
  readonly notice: string | null;
}

export const initialState: State = {
  session: undefined,
  past: [],
  older: null,
  open: null,
  preview: null,
  mappings: [],
  properties: {},
  upload: null,
  accepted: false,
  error: null,
  notice: null,
};

export function withSession(state: State, session: Session | null): State {
  // Who signs out leaves nothing on the page for the next.
  return session === null ? { ...initialState, session } : { ...state, session, error: null };
}

export function withPast(state: State, { imports, older }: ImportPage): State {
  return { ...state, past: imports, older };
}

/** Puts a page of older imports after those that are shown. */
export function withOlder(state: State, { imports, older }: ImportPage): State {
  const shown = new Set(state.past.map(({ id }) => id));
  return { ...state, past: [...state.past, ...imports.filter(({ id }) => !shown.has(id))], older };
}

export function withMappings(state: State, mappings: readonly SavedMapping[]): State {
  return { ...state, mappings };
}

export function withProperties(state: State, collection: string, properties: readonly string[]): State {
  return { ...state, properties: { ...state.properties, [collection]: properties } };
}

/** Opens an import, or closes what is open. What was seen or accepted of another does not count for it. */
export function withOpen(state: State, open: Import | null): State {
  return { ...state, open, preview: null, accepted: false, error: null, notice: null };
}

/** Takes news of an import: what is shown of it in an older state is no longer so. */
export function withNews(state: State, im: Import): State {
  const past = state.past.some(({ id }) => id === im.id)
    ? state.past.map(other => (other.id === im.id ? im : other))
    : [im, ...state.past];
  if (state.open?.id !== im.id) return { ...state, past };
  const same = state.open.changed === im.changed && !isBusy(im);
  return { ...state, past, open: im, preview: same ? state.preview : null, accepted: same && state.accepted };
}

/** Takes a preview, unless another import or another state of it is open by now. */
export function withPreview(state: State, of: Import, preview: Preview): State {
  if (state.open?.id !== of.id || state.open.changed !== of.changed) return state;
  return { ...state, preview };
}

export function withProgress(state: State, id: string, progress: NonNullable<Import['progress']>): State {
  if (state.open?.id !== id) return state;
  return { ...state, open: { ...state.open, progress } };
}

export function withUpload(state: State, upload: number | null): State {
  return state.upload === upload ? state : { ...state, upload };
}

export function withAccepted(state: State, accepted: boolean): State {
  return state.accepted === accepted ? state : { ...state, accepted };
}

/** A step begins: what was said of the one before is over. */
export function withStep(state: State): State {
  return { ...state, error: null, notice: null };
}

export function withError(state: State, error: unknown): State {
  return { ...state, error };
}

export function withNotice(state: State, notice: string): State {
  return { ...state, notice };
}

/** Whether the open import can be applied now: staged, looked at, and its warnings accepted. */
export function mayApply({ open, preview, accepted }: State): boolean {
  if (open?.state !== 'staged' || isBusy(open) || !preview) return false;
  return accepted || (open.warnings ?? 0) === 0;
}
