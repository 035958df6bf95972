import {
  type ManyNames,
  nameOf,
  PLACES,
  type Place,
  placeOf,
  STATIC_ADDRESS,
  WEIGHTED,
  ZONE,
} from './plan.js';
import type { QuerySpec } from './query-file.js';

/** What a server must be able to do for a case. */
export type Feature = 'static' | 'weighted' | 'geo' | 'ecs' | 'geo-weighted' | 'negative' | 'names';

export interface Case {
  readonly name: string;
  readonly about: string;
  readonly needs: readonly Feature[];
  /** Queries in the order in which they are sent; the same in each run. */
  readonly queries: (random: Random, many: ManyNames) => Iterable<QuerySpec>;
  /** Where the many names are that it asks for. */
  readonly many?: 'one zone' | 'many zones';
  /** Where the load is sent from; 127.0.0.1 unless given. */
  readonly sources?: readonly string[];
}

/** A number from 0 to `below` - 1. */
export type Random = (below: number) => number;

const NOERROR = 0;
const NXDOMAIN = 3;
/** More than a server's caches of whole packets are asked for in a turn. */
const QUERIES = 65_536;
const SOURCES = PLACES.map(({ source }) => source);

export const CASES: readonly Case[] = [
  {
    name: 'static',
    about: 'one name with one A record',
    needs: ['static'],
    queries: () => repeat(() => answered('www', [STATIC_ADDRESS])),
  },
  {
    name: 'weighted',
    about: 'one name, one of 4 members by weight',
    needs: ['weighted'],
    queries: () => repeat(weighted),
  },
  {
    name: 'geo-source',
    about: "one name, one member by the requestor's place; 8 places",
    needs: ['geo'],
    sources: SOURCES,
    queries: () => repeat(() => answered('geo', PLACES.map(firstMember))),
  },
  {
    name: 'geo-ecs',
    about: 'the same by client subnets of 10.0.0.0/8 in 4,096 networks',
    needs: ['geo', 'ecs'],
    queries: (random) => repeat(() => geoBySubnet(random)),
  },
  {
    name: 'geo-weighted',
    about: 'one name, one of 3 members of a place by weight; half by client subnet, half by source',
    needs: ['geo-weighted', 'ecs'],
    sources: SOURCES,
    queries: (random) => repeat(() => geoWeighted(random)),
  },
  {
    name: 'nxdomain',
    about: 'names that do not exist',
    needs: ['negative'],
    queries: (random) => repeat(() => missing(random)),
  },
  {
    name: 'mix',
    about: '30 % geo by client subnet, 20 % geo by source, 20 % weighted, 20 % static, 10 % NXDOMAIN',
    needs: ['geo', 'ecs', 'weighted', 'negative'],
    sources: SOURCES,
    queries: (random) => repeat(() => mixed(random)),
  },
  {
    name: 'names',
    about: 'random names of a zone of many (--names)',
    needs: ['names'],
    many: 'one zone',
    queries: manyNames,
  },
  {
    name: 'zones',
    about: 'random names of as many in many zones (--zones)',
    needs: ['names'],
    many: 'many zones',
    queries: manyNames,
  },
];

/** xorshift32 (Marsaglia 2003). */
export function makeRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function* repeat(make: () => QuerySpec): Iterable<QuerySpec> {
  for (let i = 0; i < QUERIES; i++) yield make();
}

/** As many queries as there are names, so that each is asked about once before any is asked again. */
function* manyNames(random: Random, many: ManyNames): Iterable<QuerySpec> {
  for (let i = 0; i < many.names; i++) {
    yield { name: nameOf(random(many.names), many), rcode: NOERROR, addresses: [STATIC_ADDRESS] };
  }
}

function answered(label: string, addresses: readonly string[]): QuerySpec {
  return { name: `${label}.${ZONE}`, rcode: NOERROR, addresses };
}

function weighted(): QuerySpec {
  return answered(
    'weighted',
    WEIGHTED.map(({ address }) => address),
  );
}

function missing(random: Random): QuerySpec {
  return { name: `nx${String(random(1_000_000)).padStart(6, '0')}.${ZONE}`, rcode: NXDOMAIN, addresses: [] };
}

function geoBySubnet(random: Random): QuerySpec {
  const [second, third] = [random(256), random(256)];
  return { ...answered('geo', [firstMember(placeOf(second, third))]), subnet: [10, second, third] };
}

function geoWeighted(random: Random): QuerySpec {
  const members = ({ members }: Place): string[] => members.map(({ address }) => address);
  if (random(2) === 0) return answered('geow', PLACES.flatMap(members));
  const [second, third] = [random(256), random(256)];
  return { ...answered('geow', members(placeOf(second, third))), subnet: [10, second, third] };
}

function mixed(random: Random): QuerySpec {
  const percent = random(100);
  if (percent < 30) return geoBySubnet(random);
  if (percent < 50) return answered('geo', PLACES.map(firstMember));
  if (percent < 70) return weighted();
  if (percent < 90) return answered('www', [STATIC_ADDRESS]);
  return missing(random);
}

function firstMember({ members }: Place): string {
  return members[0]?.address as string;
}
