import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMap } from '../../src/map';
import { homeView } from '../../src/state';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a map that is pulled and let go', () => {
  it.each([
    ['drifts on', false],
    ['stays where it is let go for those who asked for no motion', true],
  ])('%s', (_, still) => {
    const query = Object.assign(new EventTarget(), { matches: still });
    vi.stubGlobal('matchMedia', () => query);
    const map = createMap(document.createElement('div'), homeView);
    expect(map.options.inertia).toBe(!still);
    // The choice is followed while the page is open.
    query.matches = !still;
    query.dispatchEvent(new Event('change'));
    expect(map.options.inertia).toBe(still);
    map.remove();
  });
});
