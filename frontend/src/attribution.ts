import * as L from 'leaflet';
import { element, link } from './dom';
import { language } from './language/current';
import { t } from './texts';

const credits = () => [
  link('https://leafletjs.com', t('credit.leaflet')),
  link('https://opendatacommons.org/licenses/odbl/1-0/', t('credit.data')),
  link('https://www.openstreetmap.org/copyright', t('credit.osm')),
  link('https://www.geonames.org', t('credit.geonames')),
  link('https://www.naturalearthdata.com', t('credit.naturalEarth')),
];

/** Leaflet's own attribution control takes HTML texts; this one takes nodes. */
export function attribution(): L.Control {
  const control = new L.Control({ position: 'bottomright' });
  control.onAdd = () => {
    const parts = credits().flatMap((credit, index) => (index === 0 ? [credit] : [' · ', credit]));
    return element('div', { class: 'attribution leaflet-control-attribution', dir: language().dir }, ...parts);
  };
  return control;
}
