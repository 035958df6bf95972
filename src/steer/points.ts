import { coordinatesOf } from '../geo/coordinates.js';
import { parseGeo } from '../geo/geo-code.js';
import type { PlaceTable } from '../geo/place-table.js';
import type { MemberSpec } from './spec.js';

/** By place table: its places' points, made once for all services. */
const tables = new WeakMap<PlaceTable, Float64Array>();

/**
 * Where each place lies: three numbers a place, a point on the unit sphere, whose chords grow with the distance; NaN where
 * nobody knows.
 */
export function pointsOfPlaces(table: PlaceTable): Float64Array {
  const known = tables.get(table);
  if (known !== undefined) return known;
  const points = new Float64Array(3 * table.places.length);
  table.places.forEach((place, index) => {
    pointAt(points, index, coordinatesOf(place));
  });
  tables.set(table, points);
  return points;
}

/** A member's own coordinates, else those of its place. */
export function coordinatesOfMember(member: MemberSpec): readonly [number, number] | undefined {
  return (
    member.coordinates ??
    (member.place === undefined ? undefined : coordinatesOf({ ...parseGeo(member.place), lines: [] }))
  );
}

/** Writes the `index`th point. @param coordinates latitude and longitude in degrees */
export function pointAt(
  points: Float64Array,
  index: number,
  coordinates: readonly [number, number] | undefined,
): void {
  const [latitude, longitude] = (coordinates ?? [Number.NaN, Number.NaN]).map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number];
  points[3 * index] = Math.cos(latitude) * Math.cos(longitude);
  points[3 * index + 1] = Math.cos(latitude) * Math.sin(longitude);
  points[3 * index + 2] = Math.sin(latitude);
}
