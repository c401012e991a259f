import type * as L from 'leaflet';

/** Lets the page around the map scroll past it: the wheel zooms with Ctrl, or once the map was clicked, until it is left. */
export function zoomWhenMeant(map: L.Map): () => void {
  const container = map.getContainer();
  let meant = false;
  map.scrollWheelZoom.disable();
  const decide = (event: WheelEvent) => {
    if (meant || event.ctrlKey) map.scrollWheelZoom.enable();
    else map.scrollWheelZoom.disable();
  };
  const begin = () => {
    meant = true;
  };
  const end = () => {
    meant = false;
  };
  container.addEventListener('wheel', decide, { capture: true, passive: true });
  container.addEventListener('pointerdown', begin);
  container.addEventListener('pointerleave', end);
  return () => {
    container.removeEventListener('wheel', decide, { capture: true });
    container.removeEventListener('pointerdown', begin);
    container.removeEventListener('pointerleave', end);
  };
}
