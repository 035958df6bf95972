import { EMBEDDING_PREFIXES } from './client.js';
import { parseGeo, placeMatchesGeo } from './geo-code.js';
import { GeoDatabaseError, readDatabase } from './mmdb.js';
import type { NetworkSpec } from './network-spec.js';
import { NOWHERE, PlaceList } from './place-list.js';
import { type Place, type PlaceTable, withoutMapping } from './place-table.js';
import { constantTable, joinTables, nestPrefixes } from './prefix-builder.js';
import { EMBEDDED_VALUE, type PrefixTable } from './prefix-table.js';

/** An .mmdb database in memory. */
export interface DatabaseFile {
  /** Said in messages. */
  readonly name: string;
  readonly octets: Uint8Array;
}

/** Databases that can't be used: all of a run at once. */
export class GeoDatabasesError extends Error {
  readonly code = 'ERR_GEO_DATABASES';

  constructor(readonly problems: readonly { readonly name: string; readonly message: string }[]) {
    super(problems.map(({ name, message }) => `geo database ${name}: ${message}`).join('\n'));
  }
}

/**
 * Compiles databases and networks into one table.
 *
 * Of each group of fields (place; coordinates; AS; ISP) an address has what the first database says that has it; coordinates
 * in another country than the place are left out. Networks win over every database, the longest prefix first; what they do
 * not say comes from the network around, then from the databases. Lines are those of all networks around an address.
 * @param onStep told before each piece of work what it is: one for each database, one for the networks
 * @throws GeoDatabasesError
 */
export function compilePlaces(
  databases: readonly DatabaseFile[],
  networks: readonly NetworkSpec[],
  onStep: (step: string) => void = () => {},
): PlaceTable {
  let table: PlaceTable = { prefixes: constantTable(0), places: [NOWHERE] };
  const tables = readDatabases(databases, onStep);
  onStep(`${networks.length} networks`);
  for (const next of tables) {
    table = table.places.length === 1 ? next : joinPlaces(table, next.prefixes, next.places, addDatabase);
  }
  const nested: Network[] = [NO_NETWORK];
  const prefixes = networks.map(({ prefix }) => withoutMapping(prefix));
  const networkTable = nestPrefixes(prefixes, (index, outer) => {
    nested.push(addNetwork(nested[outer] as Network, networks[index] as NetworkSpec));
    return nested.length - 1;
  });
  return joinPlaces(table, withCuts(networkTable), nested, placeInNetwork);
}

function readDatabases(databases: readonly DatabaseFile[], onStep: (step: string) => void): PlaceTable[] {
  const tables: PlaceTable[] = [];
  const problems: { name: string; message: string }[] = [];
  for (const { name, octets } of databases) {
    onStep(`geo database ${name}`);
    try {
      tables.push(readDatabase(octets));
    } catch (error) {
      if (!(error instanceof GeoDatabaseError)) throw error;
      problems.push({ name, message: error.message });
    }
  }
  if (problems.length > 0) throw new GeoDatabasesError(problems);
  return tables;
}

/** The table of what `combine` makes of each place that an item meets. */
function joinPlaces<T>(
  table: PlaceTable,
  itemTable: PrefixTable,
  items: readonly T[],
  combine: (place: Place, item: T) => Place,
): PlaceTable {
  const places = new PlaceList();
  const known = new Map<number, number>();
  const prefixes = joinTables(table.prefixes, itemTable, (place, item) => {
    if (item === EMBEDDED_VALUE) return EMBEDDED_VALUE;
    // Exact: both are below 2^25.
    const pair = item * 2 ** 25 + place;
    let value = known.get(pair);
    if (value === undefined) {
      value = places.indexOf(combine(table.places[place] as Place, items[item] as T));
      known.set(pair, value);
    }
    return value;
  });
  return { prefixes, places: places.places };
}

/** What an earlier database says of an address, and what the next adds. */
function addDatabase(first: Place, next: Place): Place {
  const placed = first.country !== undefined || first.continent !== undefined ? first : next;
  const located = [first, next].find(
    ({ latitude, country }) =>
      latitude !== undefined &&
      (country === undefined || country === placed.country || placed.country === undefined),
  );
  return {
    ...pick(placed, ['continent', 'country', 'subdivision', 'city']),
    ...(located && pick(located, ['latitude', 'longitude'])),
    ...pick(first.asn === undefined ? next : first, ['asn', 'asOrganization']),
    ...pick(first.isp === undefined ? next : first, ['isp']),
    lines: [],
  };
}

/** What the networks around an address say. */
type Network = Pick<NetworkSpec, 'place' | 'lines' | 'asn' | 'coordinates'>;

const NO_NETWORK: Network = { lines: [] };

function addNetwork(outer: Network, inner: NetworkSpec): Network {
  const { place = outer.place, asn = outer.asn } = inner;
  // Coordinates of the network around are of its own place.
  const coordinates = inner.coordinates ?? (inner.place === undefined ? outer.coordinates : undefined);
  return {
    ...(place !== undefined && { place }),
    ...(asn !== undefined && { asn }),
    ...(coordinates !== undefined && { coordinates }),
    lines: [...new Set([...inner.lines, ...outer.lines])],
  };
}

function placeInNetwork(known: Place, network: Network): Place {
  if (network === NO_NETWORK) return known;
  const { place, asn, coordinates, lines } = network;
  // A database that agrees may know more: the city. One that does not is wrong about all of it.
  const agrees = place === undefined || placeMatchesGeo(known, place);
  return {
    ...(agrees ? pick(known, ['continent', 'country', 'subdivision', 'city']) : parseGeo(place)),
    ...(coordinates !== undefined
      ? { latitude: coordinates[0], longitude: coordinates[1] }
      : agrees && pick(known, ['latitude', 'longitude'])),
    ...(asn === undefined || asn === known.asn ? pick(known, ['asn', 'asOrganization']) : { asn }),
    ...pick(known, ['isp']),
    lines,
  };
}

/** Keeps the prefixes of IPv6 addresses that are asked by IPv4 apart from their neighbours. */
function withCuts(table: PrefixTable): PrefixTable {
  const embedding = EMBEDDING_PREFIXES.map(({ octets, bits }) => ({
    family: 6 as const,
    octets: Uint8Array.from({ length: 16 }, (_, i) => octets[i] ?? 0),
    bits,
  }));
  return joinTables(
    table,
    nestPrefixes(embedding, () => EMBEDDED_VALUE),
    (value, cut) => (cut === EMBEDDED_VALUE ? EMBEDDED_VALUE : value),
  );
}

function pick<K extends keyof Place>(place: Place, fields: readonly K[]): Partial<Pick<Place, K>> {
  const picked: Partial<Pick<Place, K>> = {};
  for (const field of fields) if (place[field] !== undefined) picked[field] = place[field];
  return picked;
}
