import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectionIds } from '../../src/collections';
import { english as imports } from '../../src/maintain/texts.en';
import { categoryOrder } from '../../src/style/category';
import { statusOrder } from '../../src/style/status';
import { label, sayCause, t } from '../../src/texts';
import { english } from '../../src/texts.en';

const folder = join(import.meta.dirname, '../../src');
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !/(texts|codes)\.(en|ru|tg|fa)\.ts$/.test(name))
  .map(name => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

/** Groups whose keys are made from codes of the data, or from numbers. */
const made = ['status', 'category', 'cause', 'confidence', 'kind', 'current', 'country', 'layer', 'field'];
made.push('mode', 'scope', 'end_basis', 'precision', 'month', 'monthOfDay', 'filter', 'voltage');

describe('the catalogue', () => {
  it('has a name for every code that has a look', () => {
    for (const code of statusOrder) expect(english).toHaveProperty([`status.${code}`]);
    for (const code of categoryOrder) expect(english).toHaveProperty([`category.${code}`]);
    for (const id of collectionIds) expect(english).toHaveProperty([`layer.${id}`]);
  });

  it('has no text that the page does not use', () => {
    const unused = Object.keys(english).filter(key => {
      const group = key.slice(0, key.indexOf('.'));
      return !made.includes(group) && !source.includes(`'${key}'`);
    });
    expect(unused).toEqual([]);
  });

  it.each(['target', 'mode', 'state', 'say', 'step', 'count', 'question', 'severity', 'by', 'action'])(
    'of imports names the codes of %s',
    group => {
      expect(Object.keys(imports).filter(key => key.startsWith(`${group}.`)).length).toBeGreaterThan(1);
    },
  );

  it('of imports has no text that the page does not use', () => {
    const codes = ['target', 'mode', 'state', 'step', 'count', 'severity', 'by', 'action'];
    const states = ['say.applied', 'say.discarded', 'say.rolled-back'];
    const options = ['layer', 'encoding', 'crs', 'key', 'missing'].map(option => `question.${option}`);
    const unused = Object.keys(imports).filter(key => {
      const made = codes.includes(key.slice(0, key.indexOf('.'))) || [...states, ...options].includes(key);
      return !made && !source.includes(`'${key}'`);
    });
    expect(unused).toEqual([]);
  });

  it('fills in variables and chooses the plural', () => {
    expect(t('panel.count', { n: 1 })).toBe('1 feature');
    expect(t('panel.count', { n: 27 })).toBe('27 features');
    expect(t('date.span', { from: 'A', to: 'B' })).toBe('A to B');
  });

  it('names a code it does not know by the schema’s title, else by the code', () => {
    expect(label('status', 'half_open', 'Half open')).toBe('Half open');
    expect(label('status', 'half_open')).toBe('Half open');
    expect(sayCause('low water at Nurek')).toBe('low water at Nurek');
    expect(sayCause('other')).toBeNull();
  });
});
