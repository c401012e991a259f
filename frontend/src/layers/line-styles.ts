/** How a line looks: by its status, its voltage, how well its course is known, and the two clocks. */
import type * as L from 'leaflet';
import { codeOf, type Feature, number } from '../feature';
import { opacityOf } from '../style/fade';
import { statusStyle } from '../style/status';
import { schematicFromMetres, widthOf } from '../style/voltage';
import { dashOf } from '../symbols';
import type { Look } from './look';

export interface LineStyles {
  readonly casing: L.PolylineOptions;
  readonly line: L.PolylineOptions;
  /** Whether the line is a sketch. */
  readonly schematic: boolean;
}

/** Of a line that the filters leave out. */
export const faintOpacity = 0.25;

/** What is the same on the date it is compared with steps back, as marks do. */
const sameOpacity = 0.3;

/** How much wider the border of a changed line is. */
const changedWidth = 6;

/**
 * A surveyed line has a crisp casing and no dashes; a schematic one is dashed by its status on a wide soft band with
 * round ends, because where in the band it runs is not known. A changed line has a wide border of its own.
 */
export function lineStyles(feature: Feature, { fade, compared }: Look): LineStyles {
  const { color, dash } = statusStyle(codeOf(feature));
  const weight = widthOf(number(feature.properties, 'voltage_kv'));
  const schematic = (number(feature.properties, 'geometry_accuracy_m') ?? Infinity) >= schematicFromMetres;
  const changed = compared !== undefined && compared !== 'same';
  const opacity = compared === 'same' ? sameOpacity : changed ? 1 : opacityOf(fade);
  const border = changed ? changedWidth : 0;
  const className = ['line-casing', schematic && 'schematic', changed && 'line-changed'].filter(Boolean).join(' ');
  const line: L.PolylineOptions = { color, opacity, weight, lineCap: 'butt' };
  return schematic
    ? {
        schematic,
        casing: { className, opacity, weight: weight + 8 + border, lineCap: 'round', lineJoin: 'round' },
        line: { ...line, dashArray: dashOf(dash, weight), lineJoin: 'round' },
      }
    : { schematic, casing: { className, opacity, weight: weight + 3 + border, lineCap: 'butt' }, line };
}
