import * as L from 'leaflet';
import Supercluster, { type ClusterProperties, type PointFeature } from 'supercluster';
import { sayWhen } from '../details/incident';
import { codeOf, type Feature, nameOf, pointOf } from '../feature';
import type { Drawing } from '../filters/filtered';
import { zoomRange } from '../map';
import { categoryMark } from '../symbols';
import { label, t } from '../texts';
import { clusterMark, clusterSize, type Shares, sayShares } from './cluster-mark';
import type { Drawn, MarkPlace, Select, SelectSeveral } from './drawn';
import { Mark, type MarkOptions } from './mark';
import { pinIcon } from './mark-icon';
import type { Tooltip } from './tooltip';

interface Leaf {
  readonly feature: Feature;
  readonly shares: Shares;
}

interface Sum {
  shares: Shares;
}

type Index = Supercluster<Leaf, Sum>;
type Entry = ReturnType<Index['getClusters']>[number];

const markSize = 24;
const clusterRadius = 42;

/** Incidents, drawn together where they would lie on each other. */
export class IncidentLayer implements Drawn {
  readonly #group: L.LayerGroup;
  readonly #marks = new Map<string, Mark>();
  #index: Index = newIndex([]);

  constructor(
    readonly map: L.Map,
    readonly tooltip: Tooltip,
    readonly select: Select,
    readonly selectSeveral: SelectSeveral,
  ) {
    this.#group = L.layerGroup().addTo(map);
    map.on('moveend', this.#show, this);
  }

  draw({ features }: Drawing): void {
    this.#index = newIndex(features);
    this.#show();
  }

  places(): MarkPlace[] {
    return [...this.#marks.values()].map(mark => mark.place);
  }

  remove(): void {
    this.map.off('moveend', this.#show, this);
    this.#group.remove();
    this.#marks.clear();
  }

  #show(): void {
    const { map } = this;
    const box = map.getBounds().pad(0.2);
    const entries = this.#index.getClusters(
      [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()],
      Math.floor(map.getZoom()),
    );
    const wanted = new Map(entries.map(entry => [markKey(entry), entry]));
    for (const key of [...this.#marks.keys()]) if (!wanted.has(key)) this.#drop(key);
    for (const [key, entry] of wanted) this.#draw(key, this.#options(entry));
  }

  #draw(key: string, options: MarkOptions): void {
    const mark = this.#marks.get(key);
    if (mark) {
      mark.update(options);
      return;
    }
    const added = new Mark(options, this.tooltip);
    this.#marks.set(key, added);
    this.#group.addLayer(added.marker);
  }

  #drop(key: string): void {
    const mark = this.#marks.get(key);
    if (mark) this.#group.removeLayer(mark.marker);
    this.#marks.delete(key);
  }

  #options(entry: Entry): MarkOptions {
    const [lon = 0, lat = 0] = entry.geometry.coordinates;
    const at = L.latLng(lat, lon);
    const { properties } = entry;
    if ('cluster' in properties) return this.#clusterOptions(properties, at);
    const { feature } = properties;
    return {
      at,
      pane: 'incidents',
      icon: pinIcon(categoryMark(codeOf(feature), markSize), markSize),
      label: nameOf(feature),
      detail: [label('category', codeOf(feature)), sayWhen(feature.properties)].join(t('list.separator')),
      onSelect: () => this.select({ collection: 'incidents', id: feature.id }),
    };
  }

  #clusterOptions(cluster: ClusterProperties & Sum, at: L.LatLng): MarkOptions {
    const count = cluster.point_count;
    const size = clusterSize(count);
    return {
      at,
      pane: 'incidents',
      icon: pinIcon(clusterMark(count, cluster.shares, size), size),
      label: t('item.several', { n: count }),
      detail: sayShares(cluster.shares),
      onSelect: () => this.#open(cluster.cluster_id, at),
    };
  }

  /** Zooms until the cluster falls apart; one that never does is listed. */
  #open(id: number, at: L.LatLng): void {
    const zoom = this.#index.getClusterExpansionZoom(id);
    if (zoom <= zoomRange.max && zoom > this.map.getZoom()) this.map.setView(at, zoom);
    else
      this.selectSeveral(
        'incidents',
        this.#index.getLeaves(id, Infinity).map(leaf => leaf.properties.feature),
        at,
      );
  }
}

function newIndex(features: readonly Feature[]): Index {
  const index = new Supercluster<Leaf, Sum>({
    radius: clusterRadius,
    maxZoom: zoomRange.max,
    map: ({ shares }) => ({ shares }),
    reduce: (sum, { shares }) => {
      sum.shares = addShares(sum.shares, shares);
    },
  });
  return index.load(features.flatMap(leafOf));
}

function addShares(a: Shares, b: Shares): Shares {
  const sum: Record<string, number> = { ...a };
  for (const [category, share] of Object.entries(b)) sum[category] = (sum[category] ?? 0) + share;
  return sum;
}

function leafOf(feature: Feature): PointFeature<Leaf>[] {
  const geometry = pointOf(feature);
  const properties = { feature, shares: { [codeOf(feature)]: 1 } };
  return geometry ? [{ type: 'Feature', geometry, properties }] : [];
}

/** A cluster's number means another cluster after a new answer, so what it holds is part of its key. */
function markKey({ properties, geometry }: Entry): string {
  if (!('cluster' in properties)) return properties.feature.id;
  return `${properties.point_count}@${geometry.coordinates.map(degrees => degrees.toFixed(4)).join()}`;
}
