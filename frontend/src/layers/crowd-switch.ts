import type { CrowdLayer } from '../crowd/crowd-layer';
import type { Drawing } from '../filters/filtered';
import type { Drawn, MarkPlace } from './drawn';
import type { Offset } from './mark-icon';

const nothing: Drawing = { features: [], dimmed: new Set(), crowd: null };

/** A collection one by one while it is small, from tiles when it is a crowd; what reads tiles comes with the first crowd. */
export class CrowdSwitch implements Drawn {
  #many: CrowdLayer | null = null;
  #drawing: Drawing = nothing;

  constructor(
    readonly few: Drawn,
    readonly makeMany: (Layer: typeof CrowdLayer) => CrowdLayer,
  ) {}

  draw(drawing: Drawing, offsets: ReadonlyMap<string, Offset>): void {
    this.#drawing = drawing;
    if (drawing.crowd) void this.#drawCrowd();
    else {
      this.#many?.show(null);
      this.few.draw(drawing, offsets);
    }
  }

  places(): MarkPlace[] {
    return [...this.few.places(), ...(this.#many?.places() ?? [])];
  }

  remove(): void {
    this.few.remove();
    this.#many?.remove();
  }

  async #drawCrowd(): Promise<void> {
    if (!this.#many) {
      const { CrowdLayer } = await import('../crowd/crowd-layer');
      this.#many ??= this.makeMany(CrowdLayer);
    }
    // Another answer may have come while the module did.
    if (!this.#drawing.crowd) return;
    this.few.draw(nothing, new Map());
    this.#many.show(this.#drawing.crowd);
  }
}
