/** Seas and borders around the basemap, coarse: loaded when the map first shows more than the basemap has. */
import * as L from 'leaflet';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import address from '../../basemap/world.json?url';
import { fetchAsset } from '../api';
import { mapColors, onThemeChange } from '../theme';
import { type LineProperties, lineStyle } from './style';

type World = Topology<Record<'sea' | 'border', GeometryCollection<LineProperties>>>;

/** Adds what lies around; a map without it is as before, so a failure is silent, and is tried again by the next call. */
export async function addWorld(map: L.Map): Promise<boolean> {
  const world = await fetchAsset<World>(address).catch(() => null);
  if (world === null) return false;
  const renderer = L.canvas({ pane: 'world', padding: 0.3 });
  const options = { renderer, interactive: false, smoothFactor: 1.2 } as L.GeoJSONOptions;
  const sea = L.geoJSON(feature(world, world.objects.sea), { ...options, style: seaStyle });
  const borders = L.geoJSON(feature(world, world.objects.border), { ...options, style: lineStyle(mapColors()) });
  map.addLayer(sea).addLayer(borders);
  const stop = onThemeChange(() => {
    sea.setStyle(seaStyle);
    borders.setStyle(lineStyle(mapColors()));
  });
  map.on('unload', stop);
  return true;
}

function seaStyle(): L.PathOptions {
  return { stroke: false, fillColor: mapColors().sea, fillOpacity: 1 };
}
