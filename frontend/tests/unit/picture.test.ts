import { afterEach, describe, expect, it, vi } from 'vitest';
import { captionsOf } from '../../src/share/captions';
import { drawLegend, linesOf } from '../../src/share/draw-legend';
import { withRoom } from '../../src/share/draw-svg';
import { initialState } from '../../src/state';

vi.mock('../../src/share/draw-svg', async original => ({ ...(await original<object>()), drawSvg: async () => {} }));

const state = { ...initialState('2026-11-27'), date: '2022-05-01' };

describe('what is written around a picture', () => {
  it('names the date it is compared with, and how the marks are read', () => {
    const { said, compared } = captionsOf({ ...state, compare: '2021-05-01' });
    expect(said).toContain('incidents of 2 May 2021 to 1 May 2022. Compared with 1 May 2021.');
    expect(compared).toMatch(/^Ringed: not the same/);
    expect(captionsOf(state)).toMatchObject({ compared: null, said: expect.not.stringContaining('Compared') });
  });

  it('does not call a map of one date a map as of any', () => {
    expect(captionsOf(state).title).toBe('Oxus – The Tajik–Afghan border and around it');
  });
});

describe('the legend of a picture', () => {
  afterEach(() => document.body.replaceChildren());

  async function written(compared: string | null): Promise<string[]> {
    const texts: string[] = [];
    const context = {
      fillText: (text: string) => texts.push(text),
      ...{ save: () => {}, restore: () => {}, translate: () => {}, scale: () => {} },
      measureText: (text: string) => ({ width: text.length * 7 }),
    } as unknown as CanvasRenderingContext2D;
    const section = document.createElement('section');
    section.className = 'fade-legend';
    const part = (name: string, text: string) => {
      const node = document.createElement(name);
      node.textContent = text;
      return node;
    };
    const row = document.createElement('li');
    row.dataset.fade = '1';
    row.append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'), part('span', '1 year'), part('b', '4'));
    section.append(part('h3', 'Pale: not confirmed lately'), part('p', 'Why.'), row);
    document.body.replaceChildren(section);
    expect(await drawLegend(context, { start: 0, top: 0, bottom: 500 }, compared, () => '')).toBe(0);
    return texts;
  }

  it('says why marks are pale', async () => {
    expect(await written(null)).toEqual(['Pale: not confirmed lately', 'Why.', '1 year (4)']);
  });

  it('says in a comparison what is ringed, and that pale is the same', async () => {
    expect(await written('Ringed: not the same. Pale: the same.')).toEqual([
      'Two dates compared',
      'Ringed: not the same. Pale: the same.',
    ]);
  });

  it('breaks a text into lines that fit, and leaves a long word whole', () => {
    expect(linesOf('one two verylongword three', line => line.length <= 8)).toEqual([
      'one two',
      'verylongword',
      'three',
    ]);
  });
});

describe('a mark with a ring', () => {
  it('is drawn from a larger box at the same scale', () => {
    const found = withRoom('0 0 24 24', new DOMRect(100, 50, 12, 12));
    expect(found?.viewBox).toBe('-12 -12 48 48');
    expect(found?.at).toMatchObject({ x: 94, y: 44, width: 24, height: 24 });
    expect(withRoom(null, new DOMRect(0, 0, 1, 1))).toBeNull();
  });
});
