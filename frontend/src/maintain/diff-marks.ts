/** The marks of differences. Each has a shape and a sign of its own: colour only repeats what they say. */
import { svg } from '../dom';

export type DiffMark = 'new' | 'before' | 'after' | 'removed';

export const diffMarks: readonly DiffMark[] = ['new', 'before', 'after', 'removed'];

const shapes: Readonly<Record<DiffMark, { readonly outline: string; readonly sign: string; readonly dash?: string }>> =
  {
    new: { outline: 'M12 2.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0-19z', sign: 'M12 7v10M7 12h10' },
    before: { outline: 'M12 1.5L22.5 12 12 22.5 1.5 12z', sign: '', dash: '3.5 2.5' },
    after: { outline: 'M12 1.5L22.5 12 12 22.5 1.5 12z', sign: 'M7.5 12h8M12.5 8.5L16 12l-3.5 3.5' },
    removed: { outline: 'M3.5 3.5h17v17h-17z', sign: 'M8 8l8 8M16 8l-8 8' },
  };

export function markOf(action: 'new' | 'changed' | 'removed', part: 'before' | 'after'): DiffMark {
  return action === 'changed' ? part : action;
}

export function diffMark(mark: DiffMark, size: number): SVGSVGElement {
  const { outline, sign, dash } = shapes[mark];
  return svg(
    'svg',
    { viewBox: '0 0 24 24', width: size, height: size, class: `mark diff diff-${mark}`, 'aria-hidden': 'true' },
    svg('path', { d: outline, class: 'diff-shape', 'stroke-width': dash ? 2.4 : 1.2, 'stroke-dasharray': dash }),
    sign && svg('path', { d: sign, class: 'diff-sign', 'stroke-width': 2.2 }),
  );
}
