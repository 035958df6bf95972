import type { PlaceTable } from '../geo/place-table.js';
import { SLOT_WORDS } from '../state/member-states.js';
import { hashText } from './client-hash.js';
import { buildMaglev } from './maglev.js';
import { coordinatesOfMember, pointAt, pointsOfPlaces } from './points.js';
import { MAX_ENDPOINTS, MAX_POOL_MEMBERS, type Pool, Status } from './pool.js';
import { schedulers } from './schedulers.js';
import type { PoolMemberSpec, PoolSpec, ServiceSpec } from './spec.js';
import { Want } from './want.js';

/** What pools that are compiled together share. */
export interface PoolContext {
  readonly places: PlaceTable;
  /** Words of `turns` handed out by now. */
  turnWords: number;
}

/** What {@link compilePool} is told of the service around the pool. */
interface PoolSurroundings {
  readonly service: ServiceSpec;
  /** Name → index of {@link ServiceSpec.members}. */
  readonly memberIndexes: ReadonlyMap<string, number>;
  /** By member of the service. */
  readonly slots: Int32Array;
  /** By member of the service, see {@link Pool.gives}. */
  readonly gives: Uint8Array;
  /** Bit of {@link gives} that host members have. */
  readonly hostBit: number;
}

/** Each want has turns of its own, or else A and AAAA in alternation would split a pool. */
const WANTS = Object.keys(Want).length;

const NONE = new Float64Array(0);
const NO_ENTRIES = new Uint16Array(0);

/**
 * Compiles one pool and takes its words of turns from the context.
 * @throws RangeError when it has more than {@link MAX_POOL_MEMBERS} members, or names one that there is not
 */
export function compilePool(spec: PoolSpec, surroundings: PoolSurroundings, context: PoolContext): Pool {
  const { service, slots } = surroundings;
  const size = spec.members.length;
  if (size > MAX_POOL_MEMBERS) {
    throw new RangeError(
      `pool ${spec.name} of service ${service.name} has ${size} members; ${MAX_POOL_MEMBERS} are the most`,
    );
  }
  const scheduler = schedulers[spec.scheduler];
  const ordered = scheduler.byWeight ? spec.members.toSorted((a, b) => b.weight - a.weight) : spec.members;
  const members = Uint16Array.from(ordered, (member) => memberIndex(surroundings, spec, member));
  const gives = Uint8Array.from(members, (member) => surroundings.gives[member] as number);
  const hosts = gives.filter((bits) => (bits & surroundings.hostBit) !== 0).length;
  const turnWords = scheduler.turnWords(size);
  const turnsAt = context.turnWords;
  context.turnWords += turnWords * WANTS;
  const nearest = spec.scheduler === 'nearest';
  const points = nearest ? memberPoints(service, members) : NONE;
  return {
    scheduler,
    chain: poolChain(service, spec),
    members,
    slotWords: Int32Array.from(members, (member) => (slots[member] as number) * SLOT_WORDS),
    status: Uint8Array.from(ordered, (member) => statusCodes[member.status]),
    weights: Int32Array.from(ordered, (member) => member.weight),
    shares: Int32Array.from(ordered, (member) => member.weight || 1),
    gives,
    mixed: hosts > 0 && hosts < size,
    limit: addressLimit(service, spec),
    turnsAt,
    turnWords,
    seeds: Int32Array.from(ordered, (member) => hashText(member.member, 0)),
    maglev: spec.scheduler === 'mh' ? maglevOf(ordered) : NO_ENTRIES,
    places: context.places.prefixes,
    placePoints: nearest ? pointsOfPlaces(context.places) : NONE,
    points,
    sites: nearest ? numberSites(points) : NO_ENTRIES,
  };
}

const statusCodes = { obey: Status.OBEY, up: Status.UP, down: Status.DOWN } as const;

function memberIndex(
  { service, memberIndexes }: PoolSurroundings,
  pool: PoolSpec,
  { member }: PoolMemberSpec,
): number {
  const index = memberIndexes.get(member);
  if (index === undefined) {
    throw new RangeError(
      `pool ${pool.name} of service ${service.name} names member ${member}, which it lacks`,
    );
  }
  return index;
}

/** The checked configuration has no circle of fallbacks; one would end here where it closes. */
function poolChain(service: ServiceSpec, first: PoolSpec): Uint16Array {
  const chain: PoolSpec[] = [];
  let pool: PoolSpec | undefined = first;
  while (pool !== undefined && !chain.includes(pool)) {
    chain.push(pool);
    const next: string | undefined = pool.fallback;
    pool = service.pools.find(({ name }) => name === next);
  }
  return Uint16Array.from(chain, (each) => service.pools.indexOf(each));
}

function addressLimit(service: ServiceSpec, pool: PoolSpec): number {
  const written = service.answers.count ?? (pool.scheduler === 'all' ? MAX_ENDPOINTS : 1);
  return Math.min(Math.max(written, 1), MAX_ENDPOINTS);
}

/** Members of weight 0 have entries only when there are no others: they serve only when the others are gone. */
function maglevOf(members: readonly PoolMemberSpec[]): Uint16Array {
  const weighted = members.some(({ weight }) => weight > 0);
  const positions = [...members.keys()].filter((i) => !weighted || (members[i] as PoolMemberSpec).weight > 0);
  const table = buildMaglev(
    positions.map((position) => {
      const { member, weight } = members[position] as PoolMemberSpec;
      return { name: member, weight: weight || 1 };
    }),
  );
  return table.map((claimant) => positions[claimant] ?? 0);
}

function memberPoints(service: ServiceSpec, members: Uint16Array): Float64Array {
  const points = new Float64Array(3 * members.length);
  for (let position = 0; position < members.length; position++) {
    const member = service.members[members[position] as number];
    pointAt(points, position, member === undefined ? undefined : coordinatesOfMember(member));
  }
  return points;
}

function numberSites(points: Float64Array): Uint16Array {
  const numbers = new Map<string, number>();
  const sites = new Uint16Array(points.length / 3);
  for (let position = 0; position < sites.length; position++) {
    const key = points.subarray(3 * position, 3 * position + 3).join(' ');
    const site = numbers.get(key) ?? numbers.size;
    numbers.set(key, site);
    sites[position] = site;
  }
  return sites;
}
