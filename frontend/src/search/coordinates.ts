/**
 * A place typed as coordinates, latitude before longitude as people say them: "37.1 71.5", "37,1; 71,5", "71.5E 37.1N",
 * "37°06'N 71°30'E", "37 06 00 N, 71 30 00 E", in Latin, Persian or Arabic figures.
 */
export interface Place {
  readonly lat: number;
  readonly lon: number;
}

/** Decimal degrees, latitude first, in the figures that coordinates are copied and typed in. */
export function sayPlace({ lat, lon }: Place): string {
  return `${Number(lat.toFixed(5))}, ${Number(lon.toFixed(5))}`;
}

interface Angle {
  readonly degrees: number;
  readonly hemisphere: string | null;
}

const figure = String.raw`\d+(?:\.\d+)?`;
const parts = String.raw`(${figure})(?:\s*(?:°|d|\s)\s*(${figure})(?:\s*(?:'|\s)\s*(${figure})\s*(?:"|'')?|\s*')?|\s*°)?`;
const before = new RegExp(String.raw`^([nsew])?\s*([-+])?\s*${parts}\s*([nsew])?$`, 'i');

/** The place, or null where the text is none: a name with a number in it, half a pair, or no place on Earth. */
export function readCoordinates(typed: string): Place | null {
  const pair = splitPair(plain(typed));
  if (pair === null) return null;
  const [first, second] = pair.map(readAngle);
  if (!first || !second) return null;
  return placeOf(first, second);
}

/** Figures, decimal marks and prime marks as ASCII has them. */
function plain(typed: string): string {
  return typed
    .replace(/[۰-۹]/g, digit => String(digit.charCodeAt(0) - 0x06f0))
    .replace(/[٠-٩]/g, digit => String(digit.charCodeAt(0) - 0x0660))
    .replace(/٫/g, '.')
    .replace(/[؛،]/g, ',')
    .replace(/[′’‘ʹ]/g, "'")
    .replace(/[″”“]/g, '"')
    .replace(/º/g, '°')
    .replace(/[−–]/g, '-')
    .trim();
}

/** The two angles as texts. A comma parts them, unless commas are the decimal marks of both. */
function splitPair(text: string): [string, string] | null {
  const commaDecimals = /^([^,;]*\d,\d[^,;]*?)(?:\s*;\s*|,?\s+)([^,;]*\d,\d[^,;]*)$/.exec(text);
  if (commaDecimals?.[1] && commaDecimals[2]) {
    return [commaDecimals[1].replace(',', '.'), commaDecimals[2].replace(',', '.')];
  }
  const marked = text.split(/\s*[,;]\s*/);
  if (marked.length === 2) return marked as [string, string];
  if (marked.length > 2) return null;
  const lettered = /^([nsew].*?)\s*([nsew].*)$/i.exec(text) ?? /^(.*\d.*?[nsew])\s*(.*\d.*)$/i.exec(text);
  if (lettered?.[1] && lettered[2]) return [lettered[1], lettered[2]];
  const words = text.split(/\s+/);
  if (words.length % 2 !== 0 || words.length > 6) return null;
  return [words.slice(0, words.length / 2).join(' '), words.slice(words.length / 2).join(' ')];
}

function readAngle(text: string): Angle | null {
  const match = before.exec(text.trim());
  if (!match) return null;
  const [, front, sign, degrees, minutes = '0', seconds = '0', back] = match;
  if (Number(minutes) >= 60 || Number(seconds) >= 60 || (front && back)) return null;
  const hemisphere = (front ?? back)?.toLowerCase() ?? null;
  if (sign && hemisphere) return null; // which of the two is meant?
  const size = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600;
  const negative = sign === '-' || hemisphere === 's' || hemisphere === 'w';
  return { degrees: negative ? -size : size, hemisphere };
}

function placeOf(first: Angle, second: Angle): Place | null {
  const [a, b] = [axisOf(first), axisOf(second)];
  if (a !== null && a === b) return null;
  const turned = a === 'lon' || b === 'lat';
  const [lat, lon] = turned ? [second.degrees, first.degrees] : [first.degrees, second.degrees];
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

function axisOf({ hemisphere }: Angle): 'lat' | 'lon' | null {
  if (hemisphere === null) return null;
  return hemisphere === 'n' || hemisphere === 's' ? 'lat' : 'lon';
}
