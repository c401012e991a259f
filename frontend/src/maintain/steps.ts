/** What the maintainer can do: each step asks the server and puts its answer into the state. */
import { ApiError } from '../fetching';
import type { Store } from '../store';
import * as api from './api';
import { answered, hasSchema, type Import, type Options, propertiesOf } from './imports';
import { InTurn } from './in-turn';
import {
  type State,
  withError,
  withMappings,
  withNews,
  withOlder,
  withOpen,
  withPast,
  withPreview,
  withProperties,
  withSession,
  withStep,
  withUpload,
} from './state';
import { t } from './texts';
import { formOf, type UploadRequest } from './upload-form';

export class Steps {
  readonly #turn = new InTurn();

  constructor(readonly store: Store<State>) {}

  /** Looks whether somebody is signed in, and opens the import that the address names. */
  start(id: string): Promise<void> {
    return this.#step(['start'], async () => {
      try {
        await this.#enter(await api.fetchSession());
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 401) throw error;
        this.store.change(state => withSession(state, null));
      }
      if (id !== '' && this.store.state.session) await this.#open(id);
    });
  }

  signIn(key: string): Promise<void> {
    return this.#step(['sign in', key], async () => this.#enter(await api.signIn(key)));
  }

  signOut(): Promise<void> {
    return this.#step(['sign out'], async () => {
      await api.signOut();
      this.store.change(state => withSession(state, null));
    });
  }

  upload(request: UploadRequest): Promise<void> {
    const form = formOf(request);
    const { collection, mapping, mode, files } = request;
    const which = files.map(({ name, size, lastModified }) => `${name} ${size} ${lastModified}`);
    return this.#step(['upload', collection, mapping, mode, ...which], async () => {
      this.store.change(state => withUpload(withOpen(state, null), 0));
      try {
        const im = await api.upload(form, part => this.store.change(state => withUpload(state, part)));
        this.store.change(state => withOpen(withNews(state, im), im));
      } finally {
        this.store.change(state => withUpload(state, null));
      }
    });
  }

  open(id: string): Promise<void> {
    return this.#step(['open', id], () => this.#open(id));
  }

  /** Shows the imports before those that are shown. */
  older(query: string): Promise<void> {
    return this.#step(['older', query], async () => {
      const page = await api.fetchImports(query);
      this.store.change(state => withOlder(state, page));
    });
  }

  close(): void {
    this.store.change(state => withOpen(state, null));
  }

  /** Checks an import again, with its options as they were but for the answers. */
  stage(im: Import, answers: Options = {}): Promise<void> {
    // The events tell what becomes of it, and may be here before the answer, which then is old.
    const options = answered(im.options, answers);
    return this.#step(['stage', im.id, options], () => api.stage(im.id, options));
  }

  apply(im: Import): Promise<void> {
    const { preview, accepted } = this.store.state;
    return this.#step(['apply', im.id], async () => {
      this.#news(await api.apply(im.id, preview?.tag ?? null, accepted));
      await this.#list();
    });
  }

  rollBack(im: Import, onlyUntouched: boolean): Promise<void> {
    return this.#step(['roll back', im.id, onlyUntouched], async () => {
      if (this.store.state.open?.id !== im.id) this.store.change(state => withOpen(state, im));
      await api.rollBack(im.id, onlyUntouched);
      this.#news(await api.fetchImport(im.id));
      await this.#list();
    });
  }

  discard(im: Import): Promise<void> {
    return this.#step(['discard', im.id], async () => {
      await api.discard(im.id);
      this.#news(await api.fetchImport(im.id));
    });
  }

  /** Keeps a mapping; returns whether it is kept. */
  async saveMapping(name: string, im: Import, fields: Readonly<Record<string, string>>): Promise<boolean> {
    let saved = false;
    await this.#step(['save', name, fields], async () => {
      await api.saveMapping(name, im.collection, fields);
      const mappings = await api.fetchMappings();
      this.store.change(state => withMappings(state, mappings));
      saved = true;
    });
    return saved;
  }

  async preview(im: Import): Promise<void> {
    try {
      const [preview] = await Promise.all([api.fetchPreview(im.id), this.#properties(im.collection)]);
      this.store.change(state => withPreview(state, im, preview));
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    const refused = error instanceof ApiError ? error.status : null;
    const ended = refused === 401 && this.store.state.session;
    this.store.change(state =>
      ended ? withError(withSession(state, null), t('error.ended')) : withError(state, error),
    );
  }

  #news(im: Import): void {
    this.store.change(state => withNews(state, im));
  }

  async #enter(session: NonNullable<State['session']>): Promise<void> {
    if (session.role !== 'maintainer' && session.role !== 'admin') {
      await api.signOut();
      this.store.change(state => withError(withSession(state, null), t('sign.role', { ...session })));
      return;
    }
    this.store.change(state => withSession(state, session));
    await this.#list();
  }

  async #list(): Promise<void> {
    const [past, mappings] = await Promise.all([api.fetchImports(), api.fetchMappings()]);
    this.store.change(state => withMappings(withPast(state, past), mappings));
  }

  async #properties(collection: string): Promise<void> {
    if (this.store.state.properties[collection]) return;
    const schema = hasSchema(collection) ? await api.fetchProperties(collection) : {};
    this.store.change(state => withProperties(state, collection, propertiesOf(collection, schema)));
  }

  async #open(id: string): Promise<void> {
    const im = await api.fetchImport(id);
    this.store.change(state => withOpen(withNews(state, im), im));
  }

  #step(what: readonly unknown[], work: () => Promise<unknown>): Promise<void> {
    return this.#turn.take(JSON.stringify(what), async () => {
      this.store.change(withStep);
      try {
        await work();
      } catch (error) {
        const status = error instanceof ApiError ? error.status : null;
        if (status === 412) await this.#again();
        else this.fail(error);
      }
    });
  }

  /** Shows how the open import stands when somebody else has changed it. */
  async #again(): Promise<void> {
    const { open } = this.store.state;
    try {
      if (open) await this.#open(open.id);
      this.store.change(state => withError(state, t('error.changed')));
    } catch (error) {
      this.fail(error);
    }
  }
}
