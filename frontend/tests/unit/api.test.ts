import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchItem, fetchItems, fetchNear, fetchWhenever } from '../../src/api';
import { ApiError } from '../../src/fetching';
import { mapProperties } from '../../src/properties';
import { sayError } from '../../src/say-error';

const { signal } = new AbortController();

function serve(...answers: (Response | Error)[]) {
  const fetch = vi.fn(async (_path: string) => {
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error('asked too often');
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('fetching items', () => {
  it('follows next links, by their query alone', async () => {
    const page = (id: string, links: unknown[]) =>
      json({ features: [{ id }], timeStamp: '2026-01-01T00:00:00Z', links });
    const next = { rel: 'next', href: 'https://another.example/api/collections/crossings/items?limit=1&cursor=abc' };
    const fetch = serve(page('a', [{ rel: 'self', href: 'x?y' }, next]), page('b', []));
    const { features, timeStamp } = await fetchItems('crossings', 'datetime=2022-05-01', signal);
    expect(features.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(timeStamp).toBe('2026-01-01T00:00:00Z');
    expect(fetch.mock.calls.map(([path]) => path)).toEqual([
      `api/collections/crossings/items?limit=10000&datetime=2022-05-01&properties=${mapProperties.crossings.join('%2C')}`,
      'api/collections/crossings/items?limit=1&cursor=abc',
    ]);
  });

  it('asks for names whatever the date, and for what is near without geometries', async () => {
    const fetch = serve(json({ features: [] }), json({ features: [] }));
    await fetchWhenever('bazaars', ['name_en', 'name_fa'], null, signal);
    await fetchNear(
      { collection: 'bazaars', id: 'a' },
      5000,
      { datetime: '2021-01-01/2021-12-31', recorded: null },
      signal,
    );
    const asked = fetch.mock.calls.map(([path]) => new URL(String(path), 'http://x/'));
    expect(asked.map(({ pathname }) => pathname)).toEqual([
      '/api/collections/bazaars/items',
      '/api/collections/incidents/items',
    ]);
    expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({ limit: '10000', properties: 'name_en,name_fa' });
    expect(Object.fromEntries(asked[1]?.searchParams ?? [])).toMatchObject({
      near: 'bazaars/a',
      within: '5000',
      datetime: '2021-01-01/2021-12-31',
      skipGeometry: 'true',
    });
  });

  it('throws what the server says is wrong', async () => {
    serve(json({ title: 'Bad Request', detail: 'no', errors: [{ parameter: 'datetime', detail: 'not a date' }] }, 400));
    const error = await fetchItems('crossings', 'datetime=x', signal).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ kind: 'refused', status: 400 });
    expect(sayError(error)).toContain('datetime: not a date');
  });

  it('tells a silent server from an unreadable answer', async () => {
    const cut = () => new TypeError('failed to fetch');
    serve(cut(), cut(), cut(), new Response('<html>'), json({ type: 'Feature' }));
    const kinds: string[] = [];
    for (let i = 0; i < 3; i++) {
      await fetchItems('crossings', 'datetime=2022-05-01', signal).catch((error: ApiError) => kinds.push(error.kind));
    }
    expect(kinds).toEqual(['network', 'unreadable', 'unreadable']);
  });

  it('lets a cancelled question end as cancelled, not as an error of the server', async () => {
    const abort = new AbortController();
    abort.abort();
    serve(new DOMException('aborted', 'AbortError'));
    await expect(fetchItems('crossings', 'datetime=2022-05-01', abort.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('fetching one item', () => {
  it('asks for the date and fills in what an item without history lacks', async () => {
    const fetch = serve(json({ type: 'Feature', id: 'a b', geometry: null, properties: {} }));
    const item = await fetchItem({ collection: 'incidents', id: 'a b' }, { datetime: null, recorded: null }, signal);
    expect(fetch.mock.calls[0]?.[0]).toBe('api/collections/incidents/items/a%20b');
    expect(item).toMatchObject({ statusHistory: [], sources: [] });
  });
});
