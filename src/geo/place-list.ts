import type { Place } from './place-table.js';
import { checkedValue } from './prefix-builder.js';

/** Nothing is known. */
export const NOWHERE: Place = { lines: [] };

/** Places, each distinct one once; the first is {@link NOWHERE}. */
export class PlaceList {
  readonly places: Place[] = [NOWHERE];
  readonly #indexes = new Map<string, number>([[keyOf(NOWHERE), 0]]);

  /** The index of this place, added when it is new. @throws RangeError when there are more than a table can tell apart */
  indexOf(place: Place): number {
    const key = keyOf(place);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = checkedValue(this.places.length);
      this.places.push(place);
      this.#indexes.set(key, index);
    }
    return index;
  }
}

function keyOf(place: Place): string {
  return JSON.stringify([
    place.continent,
    place.country,
    place.subdivision,
    place.city,
    place.latitude,
    place.longitude,
    place.asn,
    place.asOrganization,
    place.isp,
    place.lines,
  ]);
}
