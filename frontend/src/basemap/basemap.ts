/** The offline basemap: Natural Earth lines and names, drawn on canvas. It decorates: nothing in it can be clicked. */
import type { Feature as GeoFeature, Point } from 'geojson';
import * as L from 'leaflet';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import address from '../../basemap/central-asia.json?url';
import { fetchAsset } from '../api';
import { mapColors, onThemeChange } from '../theme';
import { LabelLayer } from './labels';
import { countryLabels, placeLabels, riverLabels } from './names';
import { type LineProperties, lineStyle } from './style';

type Layers = 'river' | 'border' | 'admin1' | 'place';
type Base = Topology<Record<Layers, GeometryCollection<LineProperties>>>;

/** Draws the basemap when it has arrived. A map without it still shows the data, so a failure is only told to the caller. */
export async function addBasemap(map: L.Map): Promise<LabelLayer | null> {
  const base = await fetchBase();
  if (!base) return null;
  const renderer = L.canvas({ pane: 'basemap', padding: 0.3 });
  const lines = (['admin1', 'river', 'border'] as const).map(name => lineLayer(base, name, renderer).addTo(map));
  const rivers = featuresOf(base, 'river');
  const places = featuresOf(base, 'place') as GeoFeature<Point, LineProperties>[];
  const labels = new LabelLayer([...countryLabels(), ...placeLabels(places), ...riverLabels(rivers)]).addTo(map);
  const stop = onThemeChange(() => {
    for (const layer of lines) layer.setStyle(lineStyle(mapColors()));
    labels.redraw();
  });
  map.on('unload', stop);
  followEdges(map);
  return labels;
}

/** What the basemap file reaches over; see basemap/README.md. */
const extent = L.latLngBounds([29, 55], [45, 80]);

/** The world around it comes when the map first shows more than that. */
function followEdges(map: L.Map): void {
  const look = async () => {
    if (extent.contains(map.getBounds())) return;
    map.off('moveend', look);
    const { addWorld } = await import('./world');
    if (!(await addWorld(map))) map.on('moveend', look);
  };
  map.on('moveend', look);
  void look();
}

async function fetchBase(): Promise<Base | null> {
  try {
    return await fetchAsset<Base>(address);
  } catch {
    return null;
  }
}

function featuresOf(base: Base, name: Layers): GeoFeature[] {
  // Each line knows which layer it comes from, so that one style function serves all.
  return feature(base, base.objects[name]).features.map(part => ({
    ...part,
    properties: { ...part.properties, layer: name },
  }));
}

function lineLayer(base: Base, name: Layers, renderer: L.Canvas): L.GeoJSON {
  const options: L.GeoJSONOptions & { renderer: L.Renderer; interactive: boolean; smoothFactor: number } = {
    style: lineStyle(mapColors()),
    interactive: false,
    renderer,
    smoothFactor: 1.2,
  };
  return L.geoJSON(
    { type: 'FeatureCollection', features: featuresOf(base, name) } as GeoJSON.FeatureCollection,
    options,
  );
}
