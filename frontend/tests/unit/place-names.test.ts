import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeLabels } from '../../src/basemap/names';
import { translate } from '../../src/basemap/place-names';

const base = JSON.parse(readFileSync(join(import.meta.dirname, '../../basemap/central-asia.json'), 'utf8'));
const namesOf = (layer: string): string[] =>
  base.objects[layer].geometries.map(({ properties }: { properties: { name?: string } }) =>
    (properties.name ?? '').replace(/\s+/g, ' '),
  );

describe('names of the basemap', () => {
  const scripts = { ru: /^[А-яЁё-]+$/, tg: /^[А-яЁёҒғӢӣҚқӮӯҲҳҶҷ -]+$/, fa: /^[\u0600-\u06ff\u200c ]+$/ } as const;

  it.each(['Kabul', 'Dushanbe', 'Khorugh', 'Kondoz', 'Termiz', 'Mazar-e Sharif', 'Panj', 'Amu Darya'])(
    'has %s in every language',
    name => {
      expect([...namesOf('place'), ...namesOf('river')]).toContain(name);
      for (const [language, script] of Object.entries(scripts)) {
        expect(translate(name, language as keyof typeof scripts)).toMatch(script);
      }
    },
  );

  it('leaves a name that it does not know', () => {
    expect(translate('Chaghcharan', 'ru')).toBe('Chaghcharan');
    expect(translate('constructor', 'fa')).toBe('constructor');
  });

  it('names a place in the language of the page, and ranks it by its own name', () => {
    const place = {
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [69, 38] },
      properties: { name: 'Dushanbe', scalerank: 3 },
    };
    const [label] = placeLabels([place as Parameters<typeof placeLabels>[0][number]], name => translate(name, 'tg'));
    expect(label).toMatchObject({ kind: 'capital', text: 'Душанбе' });
  });
});
