import type * as L from 'leaflet';

/** Half of the 44 pixels that a finger is given, whatever the size of what it means. */
const reach = 22;

/**
 * Marks are as small as leaves the map to be read, and stand nearer each other than fingers are wide: a finger opens the
 * mark whose middle is nearest, not that which happens to lie on top. Returns what ends it.
 */
export function reachMarks(map: L.Map): () => void {
  const container = map.getContainer();
  const onClick = (event: MouseEvent): void => {
    // A click without a place is one by keys or voice, which say themselves what they mean.
    if (event.detail === 0 || !isFinger(event) || !(event.target instanceof Element)) return;
    if (event.target !== container && !event.target.closest('.leaflet-map-pane')) return;
    const mark = nearest(container.querySelectorAll<HTMLElement>('.map-mark:not(.dimmed)'), event);
    if (mark === null || mark.contains(event.target)) return;
    event.stopImmediatePropagation();
    const { clientX, clientY } = event;
    mark.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX, clientY }));
  };
  container.addEventListener('click', onClick, true);
  return () => container.removeEventListener('click', onClick, true);
}

function isFinger(event: MouseEvent): boolean {
  // Not every browser says yet what clicked.
  const { pointerType } = event as Partial<PointerEvent>;
  return pointerType === undefined ? matchMedia('(pointer: coarse)').matches : pointerType === 'touch';
}

/** The mark whose middle is nearest to a place, among those within reach of it; null where there is none. */
export function nearest<T extends Pick<Element, 'getBoundingClientRect'>>(
  marks: Iterable<T>,
  { clientX, clientY }: { readonly clientX: number; readonly clientY: number },
): T | null {
  let found: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const mark of marks) {
    const { x, y, width, height } = mark.getBoundingClientRect();
    const distance = Math.hypot(x + width / 2 - clientX, y + height / 2 - clientY);
    // A cluster may be larger than what a finger needs.
    if (distance > Math.max(reach, width / 2) || distance >= least) continue;
    least = distance;
    found = mark;
  }
  return found;
}
