/** Where details stand: a popup at their place, or a sheet where there is no place or no room. */
import * as L from 'leaflet';
import { button, element } from '../dom';
import { language } from '../language/current';
import { setNode } from '../leaflet-content';
import { t } from '../texts';

export interface Frame {
  show(content: HTMLElement): void;
  close(): void;
}

/** Below this width a popup would cover the map. */
export const narrowWidth = 700;

export function popupFrame(map: L.Map, at: L.LatLng, onClose: () => void): Frame {
  const rightToLeft = language().dir === 'rtl';
  const popup = L.popup({
    maxWidth: 380,
    minWidth: 300,
    maxHeight: popupHeight(map),
    // Clear of the zoom buttons.
    autoPanPaddingTopLeft: [rightToLeft ? 64 : 16, 16],
    autoPanPaddingBottomRight: [rightToLeft ? 16 : 64, 16],
    className: 'map-popup',
  });
  popup.setLatLng(at);
  popup.on('remove', onClose);
  return {
    show(content) {
      setNode(popup, content);
      if (!popup.isOpen()) popup.openOn(map);
      popup.update();
      // Leaflet names its button in English.
      popup.getElement()?.querySelector('.leaflet-popup-close-button')?.setAttribute('aria-label', t('item.close'));
      // Once it is in sight, a new date must not pull the map back to it.
      popup.options.autoPan = false;
    },
    close() {
      popup.off('remove', onClose);
      popup.remove();
    },
  };
}

function popupHeight(map: L.Map): number {
  return Math.max(220, Math.min(520, map.getSize().y * 0.62));
}

export function sheetFrame(host: HTMLElement, onClose: () => void): Frame {
  const body = element('div', { class: 'sheet-body', tabindex: 0 });
  const closer = button({ class: 'sheet-close', 'aria-label': t('item.close') }, onClose, '×');
  const sheet = element('section', { class: 'sheet', role: 'dialog', 'aria-label': t('item.facts') }, closer, body);
  return {
    show(content) {
      body.replaceChildren(content);
      if (!sheet.isConnected) host.append(sheet);
    },
    close() {
      sheet.remove();
    },
  };
}
