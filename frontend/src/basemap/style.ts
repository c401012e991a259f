import type { Feature as GeoFeature } from 'geojson';
import type * as L from 'leaflet';
import type { MapColors } from '../theme';

/** What the basemap file keeps of Natural Earth; see basemap/README.md. */
export interface LineProperties {
  readonly layer?: string;
  readonly name?: string;
  readonly featurecla?: string;
  readonly scalerank?: number;
  readonly adm0_a3?: string;
  readonly pop_max?: number;
}

/** Natural Earth names the agreed lines "International boundary"; every other class is in dispute or not settled. */
export function isDisputed(featureClass: string | undefined): boolean {
  return !/^international boundary/i.test(featureClass ?? '');
}

export function lineStyle(colors: MapColors): (line?: GeoFeature) => L.PathOptions {
  return line => {
    const { layer, featurecla, scalerank = 9 } = (line?.properties ?? {}) as LineProperties;
    if (layer === 'river') return { color: colors.river, weight: scalerank <= 5 ? 2.2 : 1.3, opacity: 1 };
    if (layer === 'admin1') return { color: colors.admin, weight: 1, opacity: 1, dashArray: '1 4' };
    return isDisputed(featurecla)
      ? { color: colors.borderDisputed, weight: 1.6, opacity: 1, dashArray: '1.5 5', lineCap: 'round' }
      : { color: colors.border, weight: 1.6, opacity: 1 };
  };
}
