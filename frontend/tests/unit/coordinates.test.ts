import { describe, expect, it } from 'vitest';
import { readCoordinates } from '../../src/search/coordinates';

const ishkoshim = { lat: 37.1, lon: 71.5 };

describe('coordinates', () => {
  it.each([
    ['37.1 71.5'],
    ['37.1, 71.5'],
    ['37.1,71.5'],
    ['37,1 71,5'],
    ['37,1; 71,5'],
    ['37.1N 71.5E'],
    ['71.5E, 37.1N'],
    ['N37.1 E71.5'],
    ['N 37.1, E 71.5'],
    ['37.1° 71.5°'],
    ["37°06'N 71°30'E"],
    ['37°06′00″N 71°30′00″E'],
    ['37°06’N, 71°30’E'],
    ['37 06 00 N, 71 30 00 E'],
    ['37 06 71 30'],
    ['37 6 0 71 30 0'],
    ['۳۷٫۱ ۷۱٫۵'],
    ['٣٧٫١، ٧١٫٥'],
    ['  37.1   71.5  '],
  ])('read %s', typed => {
    const place = readCoordinates(typed);
    expect(place?.lat).toBeCloseTo(ishkoshim.lat, 9);
    expect(place?.lon).toBeCloseTo(ishkoshim.lon, 9);
  });

  it('know south and west, by sign or by letter', () => {
    expect(readCoordinates('-37.5 -71.25')).toEqual({ lat: -37.5, lon: -71.25 });
    expect(readCoordinates("37°30'S 71°15'W")).toEqual({ lat: -37.5, lon: -71.25 });
    expect(readCoordinates('−37.5, −71.25')).toEqual({ lat: -37.5, lon: -71.25 });
  });

  it.each([
    ['', 'nothing'],
    ['37.1', 'half a pair'],
    ['Tem 37', 'a name with a number'],
    ['CASA-1000', 'a name'],
    ['91 71', 'no latitude'],
    ['37 181', 'no longitude'],
    ["37°60'N 71°30'E", 'sixty minutes'],
    ['37N 71N', 'two latitudes'],
    ['-37N 71E', 'a sign and a letter'],
    ['1 2 3', 'three figures'],
    ['1, 2, 3', 'three parts'],
    ['37.1.1 71', 'no figure'],
    ['9'.repeat(5000), 'a long figure'],
    [' '.repeat(5000), 'blanks'],
  ])('do not read %j: %s', typed => {
    expect(readCoordinates(typed)).toBeNull();
  });
});
