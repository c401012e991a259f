import type * as L from 'leaflet';
import type { CrowdLayer } from '../crowd/crowd-layer';
import type { Drawing } from '../filters/filtered';
import type { Drawn, MarkPlace, Select } from './drawn';
import { IncidentLayer, type SelectSeveral } from './incidents';
import type { Tooltip } from './tooltip';

const nothing: Drawing = { features: [], dimmed: new Set(), crowd: null };

/** Incidents one by one while they are few, from tiles when they are a crowd; what reads tiles comes with the first crowd. */
export class IncidentSwitch implements Drawn {
  readonly #few: IncidentLayer;
  #many: CrowdLayer | null = null;
  #drawing: Drawing = nothing;

  constructor(
    readonly map: L.Map,
    readonly tooltip: Tooltip,
    readonly select: Select,
    readonly selectSeveral: SelectSeveral,
    readonly onDraw: () => void,
  ) {
    this.#few = new IncidentLayer(map, tooltip, select, selectSeveral);
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    if (drawing.crowd) void this.#drawCrowd();
    else {
      this.#many?.show(null);
      this.#few.draw(drawing);
    }
  }

  places(): MarkPlace[] {
    return [...this.#few.places(), ...(this.#many?.places() ?? [])];
  }

  remove(): void {
    this.#few.remove();
    this.#many?.remove();
  }

  async #drawCrowd(): Promise<void> {
    if (!this.#many) {
      const { CrowdLayer } = await import('../crowd/crowd-layer');
      this.#many ??= new CrowdLayer(this.map, this.tooltip, this.select, this.selectSeveral, this.onDraw);
    }
    // Another answer may have come while the module did.
    if (!this.#drawing.crowd) return;
    this.#few.draw(nothing);
    this.#many.show(this.#drawing.crowd);
  }
}
