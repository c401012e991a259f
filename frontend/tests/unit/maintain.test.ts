/** The pure parts of the page of imports. Every import, file and finding here is invented. */
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../src/fetching';
import { sayValue } from '../../src/maintain/changes';
import { chosen } from '../../src/maintain/files';
import { answered, type Import, isBusy, isFinal, type Preview, propertiesOf, unused } from '../../src/maintain/imports';
import { InTurn } from '../../src/maintain/in-turn';
import { twiceFilled } from '../../src/maintain/mapping-table';
import { partOf } from '../../src/maintain/meter';
import { sayMoment, saySize, sayStanding, sayTrouble, sayWhere } from '../../src/maintain/say';
import {
  initialState,
  mayApply,
  type State,
  withAccepted,
  withNews,
  withNotice,
  withOlder,
  withOpen,
  withPast,
  withPreview,
  withProgress,
  withSession,
  withStep,
} from '../../src/maintain/state';
import { Steps } from '../../src/maintain/steps';
import { Store } from '../../src/store';

const counts = { records: 3, new: 1, changed: 2, same: 0, missing: 0, removed: 0, refused: 0, left_out: 0 };
const staged: Import = {
  id: 'invented-1',
  state: 'staged',
  collection: 'crossings',
  file: 'invented.geojson',
  actor: 'invented',
  created: '2026-01-02T03:04:05.678Z',
  changed: '2026-01-02T03:04:06Z',
  counts,
  warnings: 2,
};
const preview: Preview = {
  tag: '"1"',
  findings: { list: [], more: 0 },
  matches: [],
  ignored: [],
  rows: [],
  moreRows: false,
  differences: [],
  notes: [],
};
const looking: State = withPreview(withOpen(withNews(initialState, staged), staged), staged, preview);

describe('the files of an upload', () => {
  const files = (...names: string[]) => names.map(name => ({ name, size: 600 }));
  it.each([
    ['one file', files('a.geojson'), { bytes: 600 }],
    ['a shapefile', files('A.shp', 'A.dbf', 'A.prj', 'A.cpg'), { bytes: 2400 }],
    ['extensions of any case', files('a.SHP', 'a.DBF'), { bytes: 1200 }],
    ['nothing', [], { fault: 'upload.none' }],
    ['an empty file', [{ name: 'a.csv', size: 0 }], { fault: 'upload.empty' }],
    ['two files of their own', files('a.csv', 'b.csv'), { fault: 'upload.several' }],
    ['two shapefiles', files('a.shp', 'a.dbf', 'b.shp'), { fault: 'upload.several' }],
    ['a .shp alone', files('a.shp'), { fault: 'upload.siblings' }],
    ['a .dbf without its .shp', files('a.dbf', 'a.prj'), { fault: 'upload.siblings' }],
    ['a part twice', files('a.shp', 'a.dbf', 'a.DBF'), { fault: 'upload.siblings' }],
  ])('are held against what goes together: %s', (_, given, expected) => {
    expect(chosen(given)).toMatchObject(expected);
  });
});

describe('the state of the page', () => {
  it('keeps a preview and what was accepted only while the import stays as it was', () => {
    const accepted = withAccepted(looking, true);
    expect(withNews(accepted, staged)).toMatchObject({ preview, accepted: true });
    const restaged = withNews(accepted, { ...staged, changed: '2026-01-02T04:00:00Z' });
    expect(restaged).toMatchObject({ preview: null, accepted: false });
    expect(withNews(accepted, { ...staged, progress: { step: 'checking', done: 0 } })).toMatchObject({ preview: null });
    expect(withOpen(accepted, { ...staged, id: 'invented-2' })).toMatchObject({ preview: null, accepted: false });
  });

  it('takes no preview of another import or of an older state', () => {
    const open = withOpen(initialState, staged);
    expect(withPreview(open, { ...staged, id: 'invented-2' }, preview)).toBe(open);
    expect(withPreview(open, { ...staged, changed: 'before' }, preview)).toBe(open);
  });

  it('puts news in its place among the imports, and new ones first', () => {
    const other = { ...staged, id: 'invented-2' };
    const both = withNews(withNews(initialState, staged), other);
    expect(both.past.map(({ id }) => id)).toEqual(['invented-2', 'invented-1']);
    const after = withNews(both, { ...staged, state: 'applied' });
    expect(after.past.map(({ state }) => state)).toEqual(['staged', 'applied']);
  });

  it('leaves nothing for the next when somebody signs out', () => {
    expect(withSession({ ...looking, session: { name: 'a', role: 'maintainer' } }, null)).toEqual({
      ...initialState,
      session: null,
    });
  });

  it.each([
    ['unaccepted warnings', looking, false],
    ['accepted warnings', withAccepted(looking, true), true],
    ['no warnings', { ...looking, open: { ...staged, warnings: 0 } }, true],
    ['nothing seen', withAccepted({ ...looking, preview: null }, true), false],
    ['a step on its way', withAccepted(withProgress(looking, staged.id, { step: 'checking', done: 1 }), true), false],
    ['errors', withAccepted({ ...looking, open: { ...staged, state: 'checked' } }, true), false],
  ] as const)('with %s an import may be applied: %s', (_, state, expected) => {
    expect(mayApply(state)).toBe(expected);
  });

  it('takes progress for the open import alone, and forgets an error when a step begins', () => {
    expect(withProgress(looking, 'invented-2', { step: 'checking', done: 1 })).toBe(looking);
    expect(withStep({ ...looking, error: 'no', notice: 'yes' })).toMatchObject({ error: null, notice: null });
  });
});

describe('an import', () => {
  it.each([
    [{ ...staged }, false, false],
    [{ ...staged, state: 'uploaded' }, true, false],
    [{ ...staged, state: 'uploaded', failure: { detail: 'no' } }, false, false],
    [{ ...staged, state: 'applied' }, false, true],
    [{ ...staged, state: 'applied', progress: { step: 'rolling-back', done: 0 } }, true, false],
  ] as const)('is busy or final: %#', (im, busy, final) => {
    expect([isBusy(im), isFinal(im)]).toEqual([busy, final]);
  });

  it('keeps the answers that were given before', () => {
    expect(answered({ encoding: 'windows-1251' }, { crs: 'EPSG:32642' })).toEqual({
      encoding: 'windows-1251',
      crs: 'EPSG:32642',
    });
    expect(answered(undefined, { crs: 'EPSG:4326' })).toEqual({ crs: 'EPSG:4326' });
  });

  it('offers the properties that can be filled', () => {
    const schema = { id: {}, geometry: {}, name_en: {}, status: { readOnly: true } };
    expect(propertiesOf('crossings', schema)).toEqual(['id', 'name_en']);
    expect(propertiesOf('status', {})).toContain('from_date');
  });

  it('reads what fills nothing', () => {
    expect(unused('x: y: z')).toEqual({ field: 'x', reason: 'y: z' });
    expect(unused('x')).toEqual({ field: 'x', reason: '' });
  });

  it('finds a property that two fields fill', () => {
    expect(twiceFilled({ a: 'x', b: 'y', c: 'x' })).toBe('x');
    expect(twiceFilled({ a: 'x', b: 'y' })).toBeNull();
  });
});

describe('the words', () => {
  it.each([
    [{ ...initialState, upload: 0.38 }, 'Uploading, 30 %'],
    [initialState, ''],
    [withProgress(looking, staged.id, { step: 'checking', done: 5, total: 10 }), 'Checking: 5 of 10 records'],
    [withProgress(looking, staged.id, { step: 'checking', done: 5 }), 'Checking: 5 records'],
    [{ ...looking, open: { ...staged, state: 'uploaded' } }, 'Waiting for its turn…'],
    [{ ...looking, open: { ...staged, failure: { detail: 'why' } } }, 'The last step failed: why'],
    [looking, '1 new, 2 changed, 0 removed. Nothing is changed before you apply it.'],
    [withNotice(looking, 'saved'), 'saved'],
  ] as const)('say what happens now: %#', (state, text) => {
    expect(sayStanding(state)).toBe(text);
  });

  it('say where a finding is', () => {
    expect(sayWhere({ record: 3, line: 4, feature: 'f', field: 'name_en' })).toBe('record 3, line 4, f, name_en');
    expect(sayWhere({})).toBe('the file');
  });

  it('say moments, sizes and values', () => {
    expect(sayMoment(staged.created)).toBe('2026-01-02 03:04 UTC');
    expect([saySize(1), saySize(2_500_000)]).toEqual(['1 kB', '2.5 MB']);
    expect(['', null, 0, ['a']].map(sayValue)).toEqual(['nothing', 'nothing', '0', '["a"]']);
    expect(sayValue('x'.repeat(300))).toHaveLength(201);
  });

  it('say what the server refused, rule by rule with their places', () => {
    const errors = [
      { record: 2, feature: 'f', detail: 'no' },
      { parameter: 'collection', detail: 'bad' },
      { rule: 'r' },
    ];
    expect(sayTrouble(new ApiError('refused', 409, { detail: 'Why.', errors }))).toEqual({
      text: 'That did not work: Why.',
      faults: ['record 2, f: no', 'collection: bad', 'r'],
    });
    expect(sayTrouble(new ApiError('network', null, null)).text).toContain('did not answer');
    expect(sayTrouble('own words')).toEqual({ text: 'own words', faults: [] });
  });

  it('say how much is done, where that is known', () => {
    expect(partOf({ ...initialState, upload: 0.5 })).toBe(0.5);
    expect(partOf(withProgress(looking, staged.id, { step: 'checking', done: 1, total: 4 }))).toBe(0.25);
    expect(partOf(withProgress(looking, staged.id, { step: 'checking', done: 1 }))).toBeUndefined();
    expect(partOf(looking)).toBeNull();
  });
});

describe('older imports', () => {
  const of = (...ids: string[]) => ids.map(id => ({ ...staged, id }));
  it('come after those that are shown, each once', () => {
    const first = withPast(initialState, { imports: of('e', 'd'), older: '?limit=2&cursor=x' });
    expect(first.older).toBe('?limit=2&cursor=x');
    const { past, older } = withOlder(first, { imports: of('d', 'c'), older: null });
    expect([past.map(({ id }) => id), older]).toEqual([['e', 'd', 'c'], null]);
  });

  it('are offered where there are some', async () => {
    const { pastList } = await import('../../src/maintain/past');
    const asked: string[] = [];
    const steps = { older: async (query: string) => void asked.push(query) } as unknown as Parameters<
      typeof pastList
    >[2];
    expect(
      pastList(of('a'), null, steps).some(node => node.querySelector('button')?.textContent === 'Show older'),
    ).toBe(false);
    const more = pastList(of('b', 'a'), '?limit=2&cursor=y', steps).at(-1);
    expect(more?.textContent).toContain('The newest 2 are shown.');
    more?.querySelector('button')?.click();
    expect(asked).toEqual(['?limit=2&cursor=y']);
  });
});

describe('steps', () => {
  const held = () => {
    let end = () => {};
    const whole = new Promise<void>(resolve => {
      end = resolve;
    });
    return { whole, end };
  };

  it('are taken at once, or after the one before; what is pressed again meanwhile happens once', async () => {
    const turn = new InTurn();
    const [first, second] = [held(), held()];
    const taken: string[] = [];
    const take = (name: string, { whole }: { readonly whole: Promise<void> }) =>
      turn.take(name, () => {
        taken.push(name);
        return whole;
      });
    void take('apply', first);
    expect(taken).toEqual(['apply']);
    const uploaded = take('upload', second);
    void take('apply', first);
    expect(take('upload', second)).toBe(uploaded);
    await Promise.resolve();
    expect(taken).toEqual(['apply']);
    first.end();
    await expect.poll(() => taken).toEqual(['apply', 'upload']);
    second.end();
    await uploaded;
    void take('upload', second);
    expect(taken).toEqual(['apply', 'upload', 'upload']);
  });

  it('are the same only where they do the same with the same', async () => {
    const asked: string[] = [];
    vi.stubGlobal('fetch', async (path: string, { headers, body }: RequestInit) => {
      asked.push([path, new Headers(headers).get('Authorization'), body].filter(Boolean).join(' '));
      return new Response('{}', { status: 403 });
    });
    const steps = new Steps(new Store<State>(initialState));
    const zones = [1, 1, 2].map(zone => steps.stage(staged, { zone }));
    const keys = ['a', 'a', 'b'].map(key => steps.signIn(key));
    await Promise.all([...zones, ...keys]);
    expect(asked).toEqual([
      expect.stringMatching(/stage .*"zone":1/),
      expect.stringMatching(/stage .*"zone":2/),
      expect.stringMatching(/session Bearer a$/),
      expect.stringMatching(/session Bearer b$/),
    ]);
    vi.unstubAllGlobals();
  });
});
